// From what programs with libcandor recorded to what is pending: events as files of their own
// (agent/events.h sends them), counters as members of the next report.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "agent/agent.h"
#include "agent/programs/program_books.h"

namespace candor {

struct Gathered {
  std::size_t events = 0;  // that became pending
  std::size_t files = 0;
};

// Takes from every ring what is there, and makes what may leave pending; rings of programs that
// have ended are removed. Nothing while telemetry is not on. kOff when the operator decided anew
// meanwhile. After an error everything that is not pending is still in its ring, and what comes out
// of it twice counts once.
Result<Gathered> gather(const std::shared_ptr<const Agent>& agent);

// Of what programs recorded until now nothing leaves: for every change of the decision.
Status drop_recorded(const StateFolder& state, Instant now);

// Of channels that are off by now no report tells what was counted until now, also when they are on
// again. Events see to that themselves: gather() takes them out, and they stay home.
Status pass_over_counts(const Agent& agent);

// What programs counted that no report told, as members of a report.
struct CountedNow {
  Json members = Json::object();
  CountedTotals totals;  // of all that was ever counted
};
Result<CountedNow> counted_now(const StateFolder& state, const Contract& contract);
// This report is about to be pending, and tells up to there. Whether it became so is looked up.
Status note_telling(const StateFolder& state, const std::string& report, CountedTotals totals);

}  // namespace candor
