// What programs with libcandor are told that they may record.
#include "agent/agent.h"
#include "agent/programs/program_switch.h"

namespace candor {

// All of it off where nothing was decided, or somebody says no.
Result<ProgramDeclarations> Agent::program_declarations(Eyes eyes) const {
  CANDOR_ASSIGN(given, consent());
  const auto now = world_.clock->now();
  auto inputs = switch_inputs();
  // A program looks at its own environment itself.
  if (eyes == Eyes::kCommand) inputs.do_not_track = inputs.candor_telemetry = "";
  const auto mode = begun_forgetting(state_) ? Mode::kOff : decision_by(given, inputs).mode;
  std::optional<ConsentedFields> fields;
  if (mode == Mode::kLocal) fields = ConsentedFields::all_of(contract());
  if (mode == Mode::kOn) {
    auto agreed = ConsentedFields::agreed(state_, *given, contract(), now);
    if (agreed.ok()) fields = *std::move(agreed);
  }
  if (!fields) return declare_to_programs(contract(), nullptr, {}, now);
  return declare_to_programs(contract(), &*fields, leaving_channels(*fields), now);
}

Status Agent::tell_programs(Eyes eyes) const {
  if (!contract().accepts_protocol("native")) return Ok{};
  // First without the lock, which wakes the agent that watches the folder.
  CANDOR_ASSIGN(seen, program_declarations(eyes));
  CANDOR_ASSIGN(says, program_switch_says(state_, seen));
  if (says) return Ok{};
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(still, program_declarations(eyes));
  return set_program_switch(state_, still);
}

}  // namespace candor
