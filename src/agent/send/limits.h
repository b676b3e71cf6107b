// The limits of agent/send, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstdint>

namespace candor {

inline constexpr std::chrono::milliseconds kConnectTime{3'000};
// All of one sending; with the start and the end of the process `candor send` stays below ten
// seconds.
inline constexpr std::chrono::milliseconds kUploadTime{9'500};
inline constexpr std::chrono::milliseconds kKeyTime{3'000};  // asking for the receipt key at `on`
inline constexpr std::uint64_t kMaxUplinkAnswerBytes = 1u << 20;

// Waiting before another try: a random time up to base * 2^tries, at most the longest.
inline constexpr std::chrono::milliseconds kRetryBase{60'000};
inline constexpr std::chrono::milliseconds kRetryLongest{3'600'000};
inline constexpr std::chrono::milliseconds kRetryAfterLongest{24 * 3'600'000};  // of Retry-After

}  // namespace candor
