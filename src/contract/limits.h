// The limits of contract/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxContractBytes = 1u << 20;
inline constexpr std::size_t kMaxFields = 5'000;
inline constexpr std::size_t kMaxPathSteps = 64;       // keys and lists of one field's path
inline constexpr std::size_t kMaxExtractBytes = 256;   // of an insight's regular expression
inline constexpr std::size_t kDefaultMaxLength = 256;  // bytes of a string field that states none
inline constexpr std::size_t kMaxKeyLength = 256;      // bytes of a key of an open map
inline constexpr std::size_t kMaxMapEntries = 10'000;  // keys of one open map
inline constexpr std::size_t kMaxListEntries = 100'000;
inline constexpr std::size_t kMaxCollectors = 64;
inline constexpr std::size_t kMaxEvents = 1'000;
inline constexpr std::size_t kMaxEventNameBytes = 120;
inline constexpr std::size_t kMaxHistogramBounds = 64;  // of a field that is one
inline constexpr std::size_t kMaxMetrics = 2'000;
inline constexpr std::size_t kMaxMetricNameBytes = 256;  // of a metric's and of a label's name
inline constexpr std::size_t kMaxMetricLabels = 32;      // of one metric
inline constexpr std::size_t kMaxLabelValueBytes = 1'024;
inline constexpr std::size_t kMaxActivityBytes = 64;  // of what is asked about
inline constexpr std::size_t kMaxQuestionBytes = 300;
inline constexpr std::int64_t kMaxScale = 10;            // of an answer
inline constexpr std::int64_t kMaxActivities = 100'000;  // that are done before it is asked

// Of an event that tells of health.
inline constexpr std::size_t kMaxHealthNames = 256;             // that one event is about
inline constexpr double kMaxHealthDurationMs = 32'000'000'000;  // of one run: a year

// Of a bundle of insights, written or read.
inline constexpr std::size_t kMaxInsightsBytes = 4u << 20;
inline constexpr std::size_t kMaxInsightsEntries = 5'000;  // plugins, by version; and crashes
inline constexpr std::size_t kMaxInsightsNameBytes = 256;  // of a plugin, of a version
inline constexpr std::int64_t kMaxInsightsDays = 366;      // of its window
inline constexpr std::size_t kInsightsEtagDigits = 32;     // of its SHA-256 that stand for it

// Of a program that is a collector: how long it may run, and how much it may print.
inline constexpr std::int64_t kDefaultExecSeconds = 10;
inline constexpr std::int64_t kMaxExecSeconds = 300;
inline constexpr std::int64_t kDefaultExecOutputBytes = 1 << 20;
inline constexpr std::int64_t kMaxExecOutputBytes = 8 << 20;

}  // namespace candor
