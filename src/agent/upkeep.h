// What the agent does next, and when it looks again. Pure.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>

#include "agent/seal/off_switch.h"
#include "base/clock.h"

namespace candor {

// What is known at one moment.
struct UpkeepView {
  Mode mode = Mode::kOff;
  std::optional<Instant> last_sealed;  // of all reports under this consent
  std::size_t pending = 0;
  std::string installation;
  std::chrono::hours interval{24};
  std::optional<Instant> starts_at;  // an announced consent that waits: then it is on
};

// What went wrong lately.
struct UpkeepTrouble {
  int collect_failures = 0;
  int send_failures = 0;
  std::optional<Instant> collect_again;  // not before
  std::optional<Instant> send_again;     // not before
};

struct UpkeepPlan {
  bool seal = false;
  bool send = false;            // after sealing, if that too is to be done
  std::optional<Instant> wake;  // when there is something to do again; nothing: only when told
};

// The first of those that are to come at all.
std::optional<Instant> soonest(std::initializer_list<std::optional<Instant>> moments);

UpkeepPlan plan(const UpkeepView& view, const UpkeepTrouble& trouble, Instant now);

}  // namespace candor
