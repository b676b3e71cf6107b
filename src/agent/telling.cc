// What programs with libcandor are told that they may record.
#include "agent/agent.h"
#include "agent/programs/program_switch.h"

namespace candor {

// All of it off where nothing was decided, nobody can tell what was, or somebody says no.
ProgramDeclarations Agent::program_declarations(Eyes eyes) const {
  const auto now = world_.clock->now();
  const auto off = [&] { return declare_to_programs(contract(), nullptr, {}, now); };
  const auto given = consent();
  if (!given.ok() || begun_forgetting(state_) || !contract().accepts_protocol("native"))
    return off();
  auto inputs = switch_inputs();
  // A program looks at its own environment itself.
  if (eyes == Eyes::kCommand) inputs.do_not_track = inputs.candor_telemetry = "";
  const auto decided = decision_by(*given, inputs);
  // Local by somebody else's word: what is recorded then could leave when the word is gone.
  if (decided.mode == Mode::kOff || (decided.mode == Mode::kLocal && decided.is_forbidden()))
    return off();
  const auto fields = decided.mode == Mode::kLocal
                          ? Result<ConsentedFields>(ConsentedFields::all_of(contract()))
                          : ConsentedFields::agreed(state_, **given, contract(), now);
  if (!fields.ok()) return off();
  return declare_to_programs(contract(), &*fields, leaving_channels(*fields), now);
}

Status Agent::tell_programs(Eyes eyes) const {
  if (!contract().accepts_protocol("native") && !state_.has(program_switch_name())) return Ok{};
  // First without the lock, which wakes the agent that watches the folder.
  CANDOR_ASSIGN(says, program_switch_says(state_, program_declarations(eyes)));
  if (says) return Ok{};
  CANDOR_ASSIGN(lock, state_.lock());
  // By what is configured now: this one may know less than whoever told them last.
  const auto fresh = open(paths_, world_, this);
  if (!fresh.ok()) return switch_programs_off(state_);
  return set_program_switch(state_, fresh->program_declarations(eyes));
}

}  // namespace candor
