// The limits of visitor/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::chrono::seconds kVisitPause{1'800};   // without an event; a visit is over
inline constexpr std::size_t kMaxVisitsInMemory = 100'000;  // half of them older; the oldest go
inline constexpr std::chrono::seconds kSaltCheck{10};       // between looks whether a day is over
inline constexpr std::size_t kMaxUserAgentLength = 1'000;   // bytes; the rest is not read

}  // namespace candor
