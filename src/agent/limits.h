// The limits of the agent's conductor, by name. docs/limits.md lists them with what happens when
// one is reached.
#pragma once

#include <chrono>

namespace candor {

inline constexpr std::chrono::seconds kForgetPatience{300};  // for the collector to have deleted
inline constexpr std::chrono::milliseconds kForgetPollShortest{500};   // between two questions
inline constexpr std::chrono::milliseconds kForgetPollLongest{5'000};  // the same

}  // namespace candor
