// The limits of agent/outbox, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// Beyond any of these the oldest pending reports are dropped.
inline constexpr std::size_t kMaxPendingReports = 200;
inline constexpr std::uint64_t kMaxPendingBytes = 10u << 20;
inline constexpr std::chrono::hours kMaxPendingAge{21 * 24};

// How many lost reports are believed of one that is lost itself: a damaged one may say anything.
inline constexpr std::int64_t kMaxLostTold = 1'000'000;

// The same of files of events, of which there may be one a second.
inline constexpr std::size_t kMaxPendingEventFiles = 2'000;
inline constexpr std::uint64_t kMaxPendingEventBytes = 32u << 20;
inline constexpr std::size_t kMaxKeptEventFiles = 200;  // copies of sent and of refused ones

// The same of files of metrics, of which there may be four a minute: a day of them.
inline constexpr std::size_t kMaxPendingMetricFiles = 5'760;
inline constexpr std::uint64_t kMaxPendingMetricBytes = 64u << 20;
inline constexpr std::chrono::hours kMaxPendingMetricAge{24};
inline constexpr std::size_t kMaxKeptMetricFiles = 60;  // copies of sent and of refused ones

// Copies of sent and of refused reports that are kept, newest first.
inline constexpr std::size_t kMaxKeptReports = 1'000;

// Beyond it a new log is begun, and one older log is kept: at least 2,500 lines.
inline constexpr std::uint64_t kMaxLogBytes = 1u << 20;

// Of the log, when only the newest entry is asked for.
inline constexpr std::uint64_t kLogEndBytes = 256u << 10;

}  // namespace candor
