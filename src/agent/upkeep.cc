#include "agent/upkeep.h"

#include <algorithm>

#include "agent/send/schedule.h"

namespace candor {

std::optional<Instant> soonest(std::initializer_list<std::optional<Instant>> moments) {
  std::optional<Instant> first;
  for (const auto& moment : moments) {
    if (moment && (!first || *moment < *first)) first = moment;
  }
  return first;
}

UpkeepPlan plan(const UpkeepView& view, const UpkeepTrouble& trouble, Instant now) {
  UpkeepPlan plan;
  if (view.mode == Mode::kOff) {
    plan.wake = view.starts_at;
    return plan;
  }
  auto due = next_due(view.last_sealed, view.interval, view.installation, now);
  if (trouble.collect_again) due = std::max(due, *trouble.collect_again);
  plan.seal = due <= now;
  const bool something = plan.seal || view.pending > 0;
  const auto send_at = trouble.send_again.value_or(now);
  if (view.mode == Mode::kOn && something) plan.send = send_at <= now;
  if (!plan.seal) plan.wake = due;
  if (view.mode == Mode::kOn && view.pending > 0 && !plan.send) plan.wake = std::min(due, send_at);
  return plan;
}

}  // namespace candor
