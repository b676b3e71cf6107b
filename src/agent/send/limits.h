// The limits of agent/send, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::chrono::milliseconds kConnectTime{3'000};
// All of one sending; with the start and the end of the process `candor send` stays below ten
// seconds.
inline constexpr std::chrono::milliseconds kUploadTime{9'500};
inline constexpr std::chrono::milliseconds kKeyTime{3'000};  // asking for the receipt key at `on`
inline constexpr std::uint64_t kMaxUplinkAnswerBytes = 1u << 20;

// What Segment's tracking API takes.
inline constexpr std::size_t kMaxSentMessageBytes = 32u << 10;
inline constexpr std::size_t kMaxSentBatchBytes = 500'000;
inline constexpr std::size_t kMaxSegmentIdBytes = 99;

// Waiting before another try: a random time up to base * 2^tries, at most the longest.
inline constexpr std::chrono::milliseconds kRetryBase{60'000};
inline constexpr std::chrono::milliseconds kRetryLongest{3'600'000};
// The same of files of events: somebody looks at a page now.
inline constexpr std::chrono::milliseconds kEventRetryBase{2'000};
inline constexpr std::chrono::milliseconds kEventRetryLongest{300'000};
// The same of files of metrics: who watches wants to know how it is now.
inline constexpr std::chrono::milliseconds kMetricRetryBase{2'000};
inline constexpr std::chrono::milliseconds kMetricRetryLongest{60'000};
inline constexpr std::chrono::milliseconds kRetryAfterLongest{24 * 3'600'000};  // of Retry-After

// A device report whose moment passed this long ago waits for another; so does one this soon after
// a report of the installation.
inline constexpr std::chrono::milliseconds kDeviceLate{300'000};
inline constexpr std::chrono::milliseconds kDeviceApart{600'000};

}  // namespace candor
