#include <fmt/format.h>

#include "agent/devices.h"
#include "cli/commands.h"
#include "cli/left_out.h"

namespace candor {
namespace {

Result<int> show_preview(Context& context, const Agent& agent, const Decision& decision,
                         Detail detail) {
  CANDOR_ASSIGN(shown, DeviceReports(agent).preview(agent.channels(), Agent::Fields::kAgreed));
  context.out.print(shown.report.bytes());
  context.out.say(fmt::format(
      "Telemetry is {}, and nothing is sent. {} This is the device report that would be sent.",
      name_of(decision.mode), decision.reason));
  tell_left_out(shown.left_out, detail, context.out);
  tell_next_step(agent, decision, context.out);
  return kExitOk;
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(decision, agent.decision());
  const auto detail = context.arguments.has("explain") ? Detail::kEach : Detail::kCount;
  if (decision.mode == Mode::kOff || decision.is_forbidden())
    return show_preview(context, agent, decision, detail);
  const DeviceReports devices(agent);
  CANDOR_ASSIGN(pending, devices.pending_or_seal());
  context.out.print(pending.bytes);
  if (decision.mode == Mode::kLocal)
    context.out.say("Telemetry is local: this device report is never sent.");
  if (decision.mode == Mode::kOn) {
    context.out.say(
        "The agent sends it by itself, at a random moment. To send it now: candor send --devices");
  }
  if (pending.count > 1) {
    context.out.say(fmt::format(
        "{} device reports are pending; this is the oldest, which is sent first.", pending.count));
  }
  if (detail == Detail::kEach && pending.left_out.empty()) {
    // What was left out is known when a report is made, and is kept nowhere.
    CANDOR_ASSIGN(again, devices.preview(agent.channels(), Agent::Fields::kAgreed));
    pending.left_out = std::move(again.left_out);
  }
  tell_left_out(pending.left_out, detail, context.out);
  return kExitOk;
}

}  // namespace

Command show_device_command() {
  return {
      .name = "show-device",
      .summary = "print exactly the device report that is sent next",
      .about =
          "Prints the bytes of the pending device report, which are the bytes that are sent; "
          "when none is pending, the drives are asked and one is made now. While telemetry is "
          "off, prints the one that would be sent, and keeps nothing. A device report names no "
          "installation and is sent apart, at a random moment.",
      .operands = {},
      .options = {{"explain", "", "List what was left out, and why, on standard error."}},
      .examples = {{"candor show-device", ""}},
      .exit_codes = {{kExitPending, "the contract's licence or product is not the one agreed to"},
                     {kExitNothing, "the channel is off, or the machine has no drives to ask"},
                     {kExitBadData, "a file of the state folder is damaged"},
                     {kExitUnavailable,
                      "the drives cannot be asked: smartctl or rights are missing"},
                     {kExitCannotCreate, "the state folder cannot be written"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
