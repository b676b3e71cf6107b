#include "agent/daemon.h"
#include "cli/commands.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  CANDOR_TRY(run_agent(places, context.environment));
  return kExitOk;
}

}  // namespace

Command agent_command() {
  return {
      .name = "agent",
      .summary = "run as a service: make and send a report every interval",
      .about =
          "Stays in the foreground and logs to standard error. While telemetry is off it "
          "waits; `candor on` and "
          "`candor off` reach it within a second. SIGHUP reads the configuration anew, SIGTERM "
          "ends it. "
          "One agent reports one cluster: it runs on one machine that has the cluster's command "
          "line and a way to the collector, and nothing is needed on the others. Of a product "
          "of single machines each machine has its agent.",
      .operands = {},
      .options = {},
      .examples = {{"candor agent", ""},
                   {"systemctl enable --now candor", "as installed with the program"}},
      .exit_codes = {{kExitTryAgain, "another agent runs with the same state folder"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}  // namespace candor

}  // namespace candor
