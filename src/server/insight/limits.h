// The limits of server/insight/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr int kEventSumDays = 30;  // that a sum over events on the dashboard looks back
inline constexpr int kActiveDays = 7;     // how old a newest report may be, in days before today
inline constexpr std::chrono::hours kReportingTime{26};  // since the newest report of who reports
inline constexpr int kMaxTrendDays = 730;
inline constexpr std::size_t kMaxVersionSeries = 30;
inline constexpr std::size_t kMaxEventNames = 1'000;
inline constexpr std::size_t kMaxPopular = 100;  // rows of one insight
inline constexpr std::size_t kMaxHeldFields = 1'000;
inline constexpr std::size_t kMaxPages = 1'000;
inline constexpr std::size_t kMaxRatingRows = 100'000;
inline constexpr std::size_t kMaxMetricNames = 10'000;
inline constexpr int kNowMinutes = 60;  // what a metric is now is of these
inline constexpr std::size_t kMaxCrashGroups = 200;
inline constexpr std::size_t kMaxReleases = 50;          // of a group of crashes
inline constexpr std::size_t kMaxFound = 20;             // installations of one look-up
inline constexpr std::size_t kMaxFoundEventNames = 100;  // of one installation
inline constexpr int kFoundEventDays = 90;               // that a look-up looks back for events
inline constexpr std::uint64_t kMaxFoundReportBytes = 16u << 20;  // of all reports in one answer
inline constexpr std::uint64_t kMaxFoundEventBytes = 8u << 10;    // of one event in it

// Health of plugins.
inline constexpr int kHealthDays = 14;             // the window: today and the days before it
inline constexpr std::chrono::hours kRunTime{24};  // a run that has not ended by then is lost
inline constexpr std::uint64_t kJudgedInstallations = 20;  // of fewer nothing is told to everybody
inline constexpr std::uint64_t kFailingPercent = 90;       // of installations that fail: failing
inline constexpr std::uint64_t kDegradedPercent = 25;      // of them: degraded
inline constexpr int kDegradedPoints = 20;  // of success below the healthy version before: degraded
inline constexpr std::size_t kMaxHealthRows = 100'000;        // versions, or days of versions
inline constexpr std::uint64_t kHealthSliceRows = 1'000'000;  // that are looked at together, about

}  // namespace candor
