// What `candor status` tells of metrics that are pushed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/outbox/last_failure.h"

namespace candor {

struct MetricStatus {
  bool leave = false;  // by decision, channels and consent of now
  std::int64_t interval = 0;
  std::size_t pending = 0;
  std::size_t refused = 0;
  std::uint64_t lost = 0;  // dropped unsent
  std::optional<LogEntry> last;
  std::optional<LastFailure> failure;
};

// Nothing where the contract lists no metric.
Result<std::optional<MetricStatus>> look_at_metrics(const Agent& agent);
Json json_of(const std::optional<MetricStatus>& metrics);
std::string text_of(const MetricStatus& metrics, std::optional<bool> agent_runs);

}  // namespace candor
