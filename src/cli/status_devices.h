// What `candor status` says of device reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/outbox/last_failure.h"

namespace candor {

struct DeviceStatus {
  std::optional<LastFailure> failure;  // of the last try to send
  bool on = false;                     // a channel of them is on
  std::size_t pending = 0;
  std::size_t refused = 0;
  std::optional<LogEntry> last;         // that was sent
  std::vector<std::string> log_damage;  // sentences
  std::optional<Instant> next;          // as drawn by the agent; nothing: none was drawn
  std::string endpoint;                 // empty: there is none that could be used
  std::string endpoint_problem;         // why not
};

// Nothing when the product has none, or they are off and none is pending.
Result<std::optional<DeviceStatus>> look_at_devices(const Agent& agent);

// The member last_failure; null when the last try did not fail.
Json json_of(const std::optional<LastFailure>& failure);
std::string text_of(const LastFailure& failure);

// The first sentence of `damage`, which is not empty, and where the others are.
std::string damage_text(const std::vector<std::string>& damage, std::string_view command);

// null, or one object.
Json json_of(const std::optional<DeviceStatus>& devices);
std::string text_of(const DeviceStatus& devices, Mode mode);

}  // namespace candor
