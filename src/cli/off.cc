#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/rehearse.h"

namespace candor {
namespace {

Result<bool> turn_off(Context& context) {
  const auto agent = context.open_agent(Context::About::kDeciding);
  if (agent.ok()) return agent->turn_off();
  // A no must work with a broken configuration, too.
  CANDOR_ASSIGN(places, context.paths());
  const auto settings = load_settings({places.config_file, places.drop_ins}, context.environment);
  const auto configured = settings.ok() ? settings->text("state") : std::string();
  return switch_off(StateFolder(configured.empty() ? places.state : Path(configured)),
                    system_clock().now());
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(was_active, turn_off(context));
  context.out.say(
      was_active ? "Telemetry is off. What was pending is dropped; identity and audit trail stay."
                 : "Telemetry was off already.");
  if (context.globals.json) context.answer({{"telemetry", "off"}, {"was_on", was_active}}, "");
  return kExitOk;
}

}  // namespace

Command off_command() {
  return {.name = "off",
          .summary = "say no: nothing leaves any more",
          .about =
              "Withdraws the consent and drops what is pending. A running agent hears of it within "
              "a second, and an "
              "upload under way is stopped. Identity, keys and the audit trail stay.",
          .operands = {},
          .options = {},
          .examples = {{"candor off", ""}},
          .exit_codes = {{kExitCannotCreate, "the state folder cannot be written"}},
          .children = {},
          .run = run,
          .rehearse = rehearse_off};
}

}  // namespace candor
