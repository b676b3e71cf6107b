// Limits of asking services for their metrics (docs/limits.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kMaxServiceAnswerBytes = 8u << 20;      // of one answer
inline constexpr std::chrono::milliseconds kServiceAnswerTime{5'000};  // unless who asks has less
inline constexpr std::size_t kMaxToldMetrics = 3;                      // names in a sentence

}  // namespace candor
