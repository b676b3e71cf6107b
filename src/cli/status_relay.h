// What `candor status` says of the relay of web analytics.
#pragma once

#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/outbox/last_failure.h"
#include "agent/relay/relay_books.h"

namespace candor {

struct RelayStatus {
  bool on = false;  // the configuration says so
  RelayCounts counts;
  std::size_t files = 0;  // pending
  std::string target;     // empty: there is none that could be used
  std::string problem;    // why the relay cannot run as it is configured
  std::optional<LastFailure> failure;
};

// Nothing while it is off and nothing waits.
Result<std::optional<RelayStatus>> look_at_relay(const Agent& agent);

// null, or one object.
Json json_of(const std::optional<RelayStatus>& relay);
std::string text_of(const RelayStatus& relay, bool agent_runs);

// "bot 3, off 1".
std::string reasons_of(const std::map<std::string, std::uint64_t>& counts);

}  // namespace candor
