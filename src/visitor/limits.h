// The limits of visitor/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::chrono::seconds kVisitPause{1'800};   // without an event; a visit is over
inline constexpr std::size_t kMaxVisitsInMemory = 100'000;  // half of them older; the oldest go
inline constexpr std::chrono::seconds kSaltCheck{10};       // between looks whether a day is over
inline constexpr std::size_t kMaxUserAgentLength = 1'000;   // bytes; the rest is not read

// Plausible's own limits (docs/formats/plausible.md).
inline constexpr std::uint64_t kMaxPlausibleBodyBytes = 1'000'000;  // 413
inline constexpr std::size_t kMaxPlausibleNameLength = 120;         // characters; 400
inline constexpr std::size_t kMaxPlausibleUrlBytes = 2'000;         // 400; a referrer is cut
inline constexpr std::size_t kMaxPlausibleProps = 30;               // the rest is left out
inline constexpr std::size_t kMaxPlausiblePropNameBytes = 300;      // 400
inline constexpr std::size_t kMaxPlausiblePropBytes = 2'000;        // 400
inline constexpr std::size_t kMaxPlausibleSites = 10;  // of one event; the rest is refused
inline constexpr std::chrono::hours kMaxPlausibleEngagement{720};  // longer counts as none

}  // namespace candor
