#include "agent/insights_upkeep.h"

#include "agent/insights.h"
#include "agent/limits.h"
#include "base/log.h"

namespace candor {

void InsightsUpkeep::say(const std::string& message) {
  if (said_ != message && !message.empty()) log_warning("no new insights this time: {}", message);
  said_ = message;
}

// After a failure not at once again: trying writes into the folder that the agent watches.
void InsightsUpkeep::tell_programs(const Agent& agent, Instant now) {
  if (tell_again_ && *tell_again_ > now) return;
  tell_again_.reset();
  const auto told = tell_programs_advice(agent);
  if (told.ok()) return;
  say(told.error().message);
  tell_again_ = now + kInsightsRetry;
}

std::optional<Instant> InsightsUpkeep::tend(const Agent& agent, double random) {
  const auto decision = agent.decision();
  if (!decision.ok() || decision->mode == Mode::kOff || !has_insights(agent)) return std::nullopt;
  const auto now = agent.world().clock->now();
  tell_programs(agent, now);
  if (decision->mode != Mode::kOn) return std::nullopt;
  auto check = last_insights_check(agent.state());
  // A moment that is further away is from before the clock was set back.
  if (!check.next || *check.next > now + 2 * kInsightsInterval) {
    check.next = next_insights_check(CheckEnd::kFailed, now, random);
    const auto kept = keep_insights_check(agent.state(), check);
    if (!kept.ok()) say(kept.error().message);
    return check.next;
  }
  if (*check.next > now) return check.next;
  const auto fetched = check_insights(agent, random);
  if (fetched.ok()) {
    say("");
    if (*fetched == Fetched::kNew) log_info("new insights; `candor advise` tells what is in them");
  } else if (fetched.error().kind != ErrorKind::kOff) {
    say(fetched.error().message);
  }
  const auto next = last_insights_check(agent.state()).next;
  // Where it could not be kept, that says so every hour and not at once again.
  return next && *next > now ? *next : now + kInsightsRetry;
}

}  // namespace candor
