// The limits of the agent's conductor, by name. docs/limits.md lists them with what happens when
// one is reached.
#pragma once

#include <chrono>

namespace candor {

inline constexpr std::chrono::seconds kForgetPatience{300};  // for the collector to have deleted
inline constexpr std::chrono::milliseconds kForgetPollShortest{500};   // between two questions
inline constexpr std::chrono::milliseconds kForgetPollLongest{5'000};  // the same

inline constexpr std::chrono::hours kInsightsInterval{24};  // between two that are fetched
inline constexpr std::chrono::hours kInsightsRetry{1};      // after a failure, and before the first
inline constexpr std::chrono::hours kMaxInsightsAhead{24};  // that one may have been made from now

// Of the looks that health is answered from.
inline constexpr std::chrono::seconds kLookInterval{5};
inline constexpr std::chrono::seconds kLookPatience{2};  // then what hangs is DOWN

// What services have for an answer that is pushed; less than an agent has to end.
inline constexpr std::chrono::milliseconds kPushReadTime{3'000};

}  // namespace candor
