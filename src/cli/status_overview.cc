#include "cli/status_overview.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/send/schedule.h"
#include "agent/send/uplink.h"
#include "wire/url.h"

namespace candor {
namespace {

// When the next report leaves, or why none does.
void look_ahead(const Agent& agent, const UpkeepView& view, Instant now, StatusOverview& seen) {
  const auto mode = seen.decision.mode;
  if (agent.channels().empty() && (mode == Mode::kOn || view.starts_at)) {
    seen.no_next = "none: every channel is off";
    return;
  }
  seen.next = view.starts_at;
  if (mode == Mode::kOn) {
    seen.next = next_due(view.last_sealed, view.interval, view.installation, now);
    // What is pending leaves at once, or when the agent tries again.
    if (view.pending > 0) seen.next = now;
    if (view.pending > 0 && seen.failure) seen.next = seen.failure->next_attempt.value_or(now);
    seen.next = std::max(*seen.next, now);
  }
  if (!seen.next) seen.no_next = fmt::format("none while telemetry is {}", name_of(mode));
}

}  // namespace

Result<StatusOverview> look(const Agent& agent) {
  StatusOverview seen;
  CANDOR_ASSIGN(decision, agent.decision());
  seen.decision = std::move(decision);
  CANDOR_ASSIGN(consent, agent.consent());
  seen.consent = std::move(consent);
  CANDOR_ASSIGN(identity, read_identity(agent.state()));
  seen.identity = std::move(identity);
  const Outbox outbox(agent.state());
  CANDOR_ASSIGN(last, outbox.last_sent());
  seen.last = std::move(last);
  CANDOR_ASSIGN(log, outbox.log().read());
  seen.log_damage = std::move(log.damage);
  CANDOR_ASSIGN(refused, outbox.refused());
  seen.refused = refused;
  CANDOR_ASSIGN(lost, outbox.lost());
  seen.lost = lost;
  CANDOR_ASSIGN(view, agent.upkeep_view());
  seen.pending = view.pending;
  const auto now = system_clock().now();
  seen.failure = last_failure(agent.state());
  seen.agent_runs = agent_runs(agent.state());
  // Planned by an agent that ended, it does not come.
  if (seen.failure && !seen.agent_runs.value_or(false)) seen.failure->next_attempt.reset();
  look_ahead(agent, view, now, seen);
  CANDOR_ASSIGN(key, pinned_key(agent.state()));
  seen.key_pinned = key.has_value();
  const auto configured = agent.settings().text("endpoint");
  seen.endpoint = without_password(configured.empty() ? agent.contract().endpoint : configured);
  const auto link = check_uplink(agent.settings(), agent.contract());
  if (!link.ok()) seen.endpoint_problem = link.error().message;
  seen.proxy = shown_value(agent.settings().setting("proxy"));
  CANDOR_ASSIGN(standing, agent.standing());
  seen.standing = std::move(standing);
  seen.forgetting = begun_forgetting(agent.state());
  CANDOR_ASSIGN(devices, look_at_devices(agent));
  seen.devices = std::move(devices);
  CANDOR_ASSIGN(relay, look_at_relay(agent));
  seen.relay = std::move(relay);
  CANDOR_ASSIGN(programs, look_at_programs(agent));
  seen.programs = std::move(programs);
  CANDOR_ASSIGN(metrics, look_at_metrics(agent));
  seen.metrics = std::move(metrics);
  return seen;
}

}  // namespace candor
