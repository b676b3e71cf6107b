// What a program with libcandor recorded, as the events that a file of events is made of. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "library/ring_view.h"

namespace candor {

// One thing that happened. Texts that the contract wants hashed are hashed already.
struct ProgramEvent {
  std::string id;  // the same each time the ring is read
  std::string name;
  Instant at{};
  Instant began{};  // of the end of a run when that began, else as `at`
  Json document = Json::object();
};

enum class ProgramState { kRuns, kEnded };

struct Recorded {
  std::vector<ProgramEvent> events;
  bool is_automation = false;  // the program ran in continuous integration
  // Of each block, what its `read` becomes once the events are kept.
  std::vector<std::uint64_t> taken;
  std::uint64_t dropped = 0;  // that found no room, ever
  bool is_damaged = false;    // some of it could not be read
};

// Of a program that has ended, the runs that it did not end are lost.
Recorded read_recorded(const library::RingView& ring, ProgramState program);

}  // namespace candor
