#include "agent/devices.h"
#include "cli/commands.h"
#include "cli/left_out.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(
      shown, DeviceReports(agent).preview(device_channels(agent.contract()), Agent::Fields::kAll));
  context.out.print(shown.report.bytes());
  context.out.say("A preview; it is kept nowhere and never sent.");
  tell_left_out(shown.left_out, context.arguments.has("explain") ? Detail::kEach : Detail::kCount,
                context.out);
  return kExitOk;
}

}  // namespace

Command preview_device_command() {
  return {
      .name = "preview-device",
      .summary = "print what a device report would hold",
      .about =
          "Works before any consent and while the channel is off. The device report is kept "
          "nowhere and never sent.",
      .operands = {},
      .options = {{"explain", "", "List what was left out, and why, on standard error."}},
      .examples = {{"candor preview-device", ""}},
      .exit_codes = {{kExitNothing, "the product has no device reports, or the machine no drives"},
                     {kExitUnavailable,
                      "the drives cannot be asked: smartctl or rights are missing"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
