// The service's care for the bundle of insights: asks for it once a day, at moments of chance.
#pragma once

#include <optional>
#include <string>

#include "agent/agent.h"

namespace candor {

class InsightsUpkeep {
 public:
  // Does what is due, and logs what came of it; when to look again, nothing: only when something
  // changes. `random` in [0, 1).
  std::optional<Instant> tend(const Agent& agent, double random);

 private:
  void tell_programs(const Agent& agent, Instant now);
  void say(const std::string& message);
  std::optional<Instant> tell_again_;
  std::string said_;
};

}  // namespace candor
