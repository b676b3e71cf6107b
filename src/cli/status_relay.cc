#include "cli/status_relay.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "agent/events.h"
#include "base/counted.h"
#include "cli/status_devices.h"

namespace candor {
std::string reasons_of(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : counts) parts.push_back(fmt::format("{} {}", reason, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

Result<std::optional<RelayStatus>> look_at_relay(const Agent& agent) {
  const auto folder = relay_of(agent.state());
  RelayStatus seen;
  seen.on = agent.settings().boolean("activatePlausibleTracking");
  CANDOR_ASSIGN(pending, Outbox(folder, kEventFileLimits).pending());
  seen.files = pending.size();
  if (!seen.on && pending.empty()) return std::optional<RelayStatus>();
  seen.counts = read_relay_counts(folder).value_or(RelayCounts());
  seen.failure = last_failure(folder);
  const auto options = relay_options(agent.settings(), agent.contract());
  if (!options.ok()) seen.problem = options.error().message;
  const auto target = event_uplink_options(agent.settings(), agent.contract());
  if (target.ok()) seen.target = target->shown_url();
  if (!target.ok() && seen.problem.empty()) seen.problem = target.error().message;
  return std::optional(std::move(seen));
}

Json json_of(const std::optional<RelayStatus>& relay) {
  if (!relay) return nullptr;
  const auto& counts = relay->counts;
  return {{"on", relay->on},
          {"listen", counts.listen.empty() ? Json(nullptr) : Json(counts.listen)},
          {"target", relay->target.empty() ? Json(nullptr) : Json(relay->target)},
          {"problem", relay->problem.empty() ? Json(nullptr) : Json(relay->problem)},
          {"since", counts.since ? Json(format_rfc3339(*counts.since)) : Json(nullptr)},
          {"received", counts.received},
          {"forwarded", counts.forwarded},
          {"dropped", counts.dropped},
          {"left_out", counts.left_out},
          {"refused", counts.refused},
          {"lost", counts.lost},
          {"waiting", counts.waiting()},
          {"files", relay->files},
          {"last_failure", json_of(relay->failure)}};
}

std::string text_of(const RelayStatus& relay, bool agent_runs) {
  const auto& counts = relay.counts;
  auto text = !relay.on                              ? std::string("off")
              : agent_runs && !counts.listen.empty() ? fmt::format("listens on {}", counts.listen)
                                                     : std::string("does not listen");
  if (!relay.problem.empty()) text += fmt::format("; it cannot run: {}", relay.problem);
  text += fmt::format("; {} received, {} forwarded", counted(counts.received, "event"),
                      counts.forwarded);
  if (!counts.dropped.empty())
    text += fmt::format(", {} dropped ({})", counts.dropped_count(), reasons_of(counts.dropped));
  if (counts.refused > 0) text += fmt::format(", {} refused", counts.refused);
  if (counts.lost > 0) text += fmt::format(", {} lost unsent", counts.lost);
  text += fmt::format(", {} waiting", counts.waiting());
  if (!counts.left_out.empty())
    text += fmt::format("; values left out: {}", reasons_of(counts.left_out));
  if (!relay.target.empty()) text += fmt::format("; to {}", relay.target);
  if (relay.failure) text += fmt::format("; last failure {}", text_of(*relay.failure));
  return text;
}

}  // namespace candor
