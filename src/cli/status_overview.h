// Everything that `candor status` tells, gathered before any of it is said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/forgetting.h"
#include "agent/outbox/last_failure.h"
#include "cli/status_devices.h"
#include "cli/status_metrics.h"
#include "cli/status_programs.h"
#include "cli/status_relay.h"

namespace candor {

struct StatusOverview {
  Decision decision;
  std::optional<Consent> consent;
  std::optional<Identity> identity;
  std::optional<LogEntry> last;
  std::vector<std::string> log_damage;  // sentences
  std::optional<LastFailure> failure;   // of the last try to send
  std::optional<Instant> next;          // a moment that has come is now
  std::string no_next;                  // why there is none
  std::size_t pending = 0;
  std::size_t refused = 0;
  std::uint64_t lost = 0;  // dropped unsent by the outbox's limits
  bool key_pinned = false;
  std::string endpoint;
  std::string endpoint_problem;  // why nothing can be sent there, as it is configured
  std::string proxy;
  Standing standing;               // of the consent to today's contract
  std::optional<bool> agent_runs;  // nothing: no state folder, so nobody can tell
  std::optional<BegunForgetting> forgetting;
  std::optional<DeviceStatus> devices;
  std::optional<RelayStatus> relay;
  std::optional<ProgramStatus> programs;
  std::optional<MetricStatus> metrics;
};

// Reads the state folder, and changes nothing in it.
Result<StatusOverview> look(const Agent& agent);

}  // namespace candor
