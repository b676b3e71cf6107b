#include "cli/status_metrics.h"

#include <fmt/format.h>

#include "agent/pushing.h"
#include "base/counted.h"
#include "cli/status_devices.h"

namespace candor {

Result<std::optional<MetricStatus>> look_at_metrics(const Agent& agent) {
  if (agent.contract().metrics.empty()) return std::optional<MetricStatus>();
  const auto folder = metrics_of(agent.state());
  const Outbox outbox(folder, kMetricFileLimits);
  MetricStatus seen;
  seen.leave = has_metrics_to_push(agent);
  seen.interval = agent.settings().integer("monitor.push_interval");
  CANDOR_ASSIGN(pending, outbox.pending());
  seen.pending = pending.size();
  CANDOR_ASSIGN(refused, outbox.refused());
  seen.refused = refused;
  CANDOR_ASSIGN(lost, outbox.lost());
  seen.lost = lost;
  CANDOR_ASSIGN(last, outbox.last_sent());
  seen.last = std::move(last);
  seen.failure = last_failure(folder);
  return std::optional(std::move(seen));
}

Json json_of(const std::optional<MetricStatus>& metrics) {
  if (!metrics) return nullptr;
  return {
      {"leave", metrics->leave},
      {"interval_seconds", metrics->interval},
      {"pending", metrics->pending},
      {"refused", metrics->refused},
      {"lost", metrics->lost},
      {"last_push", metrics->last ? Json(format_rfc3339(metrics->last->sent_at)) : Json(nullptr)},
      {"last_failure", json_of(metrics->failure)}};
}

std::string text_of(const MetricStatus& metrics, std::optional<bool> agent_runs) {
  auto text = metrics.leave ? fmt::format("pushed every {} s", metrics.interval)
                            : std::string("none is pushed");
  if (metrics.leave && !agent_runs.value_or(false)) text += ", if `candor agent` runs";
  if (metrics.last) text += fmt::format("; last pushed {}", format_rfc3339(metrics.last->sent_at));
  if (metrics.leave || metrics.pending > 0)
    text += fmt::format("; {} pending", counted(metrics.pending, "file"));
  if (metrics.lost > 0) text += fmt::format(", {} dropped unsent", metrics.lost);
  if (metrics.refused > 0) text += fmt::format(", {} refused", metrics.refused);
  if (metrics.failure) text += fmt::format("; last failure {}", text_of(*metrics.failure));
  return text;
}

}  // namespace candor
