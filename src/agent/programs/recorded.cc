#include "agent/programs/recorded.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/programs/members.h"
#include "base/digest.h"
#include "contract/contract.h"

namespace candor {
namespace {

using library::RecordKind;
using library::RingEvent;
using library::RingRun;
using library::RingValue;
using library::RingView;
using library::RunOutcome;
using library::RunState;

std::string hex_of(const library::RandomId& id) {
  return to_hex({reinterpret_cast<const char*>(id.data()), id.size()});
}

// As a UUID is written.
std::string run_id(const library::RandomId& id) {
  const auto hex = hex_of(id);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

Json document_of(const RingView& ring, const std::vector<RingValue>& values) {
  auto document = Json::object();
  for (const auto& value : values) {
    put_member(document, ring.declarations().find(value.field)->name,
               std::visit([](const auto& known) { return Json(known); }, value.value));
  }
  return document;
}

std::string_view name_of(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::kCompleted:
      return "completed";
    case RunOutcome::kFailed:
      return "failed";
    case RunOutcome::kNone:
    case RunOutcome::kAborted:
      break;
  }
  return "aborted";
}

// A ring says what it wants: within the years that a date can have.
Instant moment(std::int64_t ms) {
  constexpr std::int64_t kLast = 253'402'300'799'000;  // the end of the year 9999
  return from_unix_millis(std::clamp<std::int64_t>(ms, 0, kLast));
}
Millis duration(std::int64_t us) {
  constexpr std::int64_t kLongest = std::int64_t{1} << 52;
  return Millis(std::clamp<std::int64_t>(us, 0, kLongest) / 1000);
}

// That a run began, or how it ended: either is told once, whoever tells it.
ProgramEvent run_event(const RingView& ring, std::uint32_t declaration, const library::RandomId& id,
                       std::string_view state, const std::vector<RingValue>& values) {
  const bool begins = state == kRunStates.front();
  ProgramEvent event{.id = fmt::format("{}-{}", hex_of(id), begins ? "begin" : "end"),
                     .name = std::string(ring.declarations().find(declaration)->name),
                     .document = document_of(ring, values)};
  event.document[std::string(kRunId)] = run_id(id);
  event.document[std::string(kRunState)] = state;
  event.document[std::string(kRunAutomation)] = ring.header().automation != 0;
  return event;
}

void add_duration(ProgramEvent& event, Millis took) {
  event.document[std::string(kRunDuration)] = took.count();
}

ProgramEvent event_of(const RingView& ring, const RingEvent& recorded) {
  if (recorded.kind == RecordKind::kEvent) {
    return {.id = fmt::format("{}-{}-{}", hex_of(ring.header().process), recorded.block,
                              recorded.place),
            .name = std::string(ring.declarations().find(recorded.declaration)->name),
            .at = moment(recorded.at_ms),
            .began = moment(recorded.at_ms),
            .document = document_of(ring, recorded.values)};
  }
  const bool begins = recorded.kind == RecordKind::kBegin;
  auto event = run_event(ring, recorded.declaration, recorded.run,
                         begins ? kRunStates.front() : name_of(recorded.outcome), recorded.values);
  event.at = event.began = moment(recorded.at_ms);
  if (begins) return event;
  event.began -= duration(recorded.took_us);
  add_duration(event, duration(recorded.took_us));
  return event;
}

// Of a run whose program ended before it said, or told, how the run did.
ProgramEvent left_event(const RingView& ring, const RingRun& run) {
  const bool is_known = run.state == RunState::kEnded;
  auto event = run_event(ring, run.declaration, run.id,
                         is_known ? name_of(run.outcome) : kRunStates.back(), run.values);
  event.began = event.at = moment(run.began_ms);
  if (!is_known) return event;
  event.at += duration(run.took_us);
  add_duration(event, duration(run.took_us));
  return event;
}

}  // namespace

Recorded read_recorded(const RingView& ring, ProgramState program) {
  Recorded recorded;
  recorded.is_automation = ring.header().automation != 0;
  std::set<library::RandomId> told;  // how these runs ended
  for (std::uint32_t block = 0; block < ring.blocks(); ++block) {
    const auto events = ring.events(block);
    for (const auto& event : events.events) {
      if (event.kind == RecordKind::kEnd) told.insert(event.run);
      recorded.events.push_back(event_of(ring, event));
    }
    recorded.taken.push_back(events.taken);
    recorded.is_damaged |= events.damaged;
  }
  if (program == ProgramState::kEnded) {
    for (const auto& run : ring.runs()) {
      if (!told.contains(run.id)) recorded.events.push_back(left_event(ring, run));
    }
  }
  recorded.dropped = ring.dropped();
  return recorded;
}

}  // namespace candor
