#include <fmt/format.h>

#include "cli/commands.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent(Context::About::kDeciding));
  CANDOR_TRY(agent.turn_local());
  CANDOR_ASSIGN(decision, agent.decision());
  context.out.say("Telemetry is local: reports are made for `candor show` and never sent.");
  if (decision.mode == Mode::kOff)
    context.out.warn(fmt::format("For now it is off all the same: {}", decision.reason));
  if (context.globals.json) context.answer({{"telemetry", "local"}}, "");
  return kExitOk;
}

}  // namespace

Command local_command() {
  return {.name = "local",
          .summary = "make reports to look at, and send none",
          .about =
              "Reports are sealed as they would be sent, so that you can read them with `candor "
              "show`. Those reports "
              "are dropped when you say `candor on` later.",
          .operands = {},
          .options = {},
          .examples = {{"candor local && candor show", ""}},
          .exit_codes = {{kExitCannotCreate, "the state folder cannot be written"},
                         {kExitConfiguration, "configuration or contract is wrong"}},
          .children = {},
          .run = run};
}

}  // namespace candor
