// The bundle of insights that this installation keeps: fetched, verified, and looked through here.
// Whoever serves it learns an address, as of any other who asks, and not what of it is of interest.
#pragma once

#include <optional>
#include <string>

#include "agent/advice.h"
#include "agent/agent.h"

namespace candor {

inline constexpr std::string_view kInsightsFile = "insights.json";  // as it was served
inline constexpr std::string_view kInsightsCheckFile = "insights-check.json";

// Whether there can be a bundle that concerns an installation: the contract has health or
// crashes in it, and reports go to a collector of Candor's.
bool has_insights(const Agent& agent);

// The one that is kept, verified with the key that is believed now. Nothing when none is kept;
// kGeneral or kBadData when the one there is not to be believed.
Result<std::optional<InsightsBundle>> kept_insights(const Agent& agent);

// Asks the collector and keeps what it says, for people and for programs. kOff or kForbidden when
// telemetry is not on; kNothing when there can be none; kTryAgain when no key is pinned yet, or
// telemetry was switched off meanwhile; kGeneral, kBadData or kUnavailable when nothing was kept:
// the one that was kept before stays.
enum class Fetched { kNew, kSame };
Result<Fetched> fetch_insights(const Agent& agent);

// When the collector was asked, and when the agent asks it next.
struct InsightsCheck {
  std::optional<Instant> checked_at;  // that it gave one, or said that there is no other
  std::optional<Instant> next;
  std::string problem;  // of the last try; empty: there was none
};
InsightsCheck last_insights_check(const StateFolder& state);
// Whether it is a day since the collector gave one.
bool is_check_due(const InsightsCheck& check, Instant now);
// The next moment; of the first one, as after a failure. Pure; `random` in [0, 1).
enum class CheckEnd { kDone, kFailed };
Instant next_insights_check(CheckEnd end, Instant now, double random);
Status keep_insights_check(const StateFolder& state, const InsightsCheck& check);

// fetch_insights(), with when and how it went kept beside it.
Result<Fetched> check_insights(const Agent& agent, double random);

// What of the bundle concerns this installation, by what ran and crashed here.
struct LocalSight {
  std::vector<SeenPlugin> plugins;
  std::vector<LocalCrash> crashes;
};
Result<LocalSight> look_at_home(const Agent& agent);

// Leaves for programs what the bundle that is kept says, where that is missing.
Status tell_programs_advice(const Agent& agent);
// What an off takes away: what was seen here, and what programs were told.
Status drop_advice(const StateFolder& state);

}  // namespace candor
