// What to do after one try to send a report. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/send/limits.h"
#include "base/clock.h"

namespace candor {

// What came of a try: an answer with its status, or none at all.
struct TryOutcome {
  std::optional<int> status;  // nothing: no answer
  std::string retry_after;    // the header's text; empty when there was none
};

struct NextStep {
  enum class Kind {
    kDone,     // the collector has it
    kRetry,    // later, after `wait`
    kMend,     // the same, and an operator has to mend something first: key or address
    kRefused,  // not again: the collector will never take it
  };
  Kind kind = Kind::kRetry;
  Millis wait{0};
};

// Waiting before another try: a random time up to base * 2^tries, at most the longest.
struct RetryPace {
  Millis base = kRetryBase;
  Millis longest = kRetryLongest;
};
inline constexpr RetryPace kReportPace;
inline constexpr RetryPace kEventPace{kEventRetryBase, kEventRetryLongest};
inline constexpr RetryPace kMetricPace{kMetricRetryBase, kMetricRetryLongest};

// `tries` counts those before this one; `random` is in [0, 1).
NextStep next_step(const TryOutcome& outcome, int tries, Instant now, double random,
                   const RetryPace& pace = kReportPace);

// Retry-After as seconds or as an HTTP date; nothing when it is neither.
std::optional<Millis> parse_retry_after(std::string_view text, Instant now);

}  // namespace candor
