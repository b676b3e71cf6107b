#include <fmt/format.h>

#include "agent/verify.h"
#include "cli/commands.h"
#include "cli/left_out.h"
#include "cli/send_metrics.h"
#include "cli/send_programs.h"

namespace candor {
namespace {

Result<int> show_preview(Context& context, const Agent& agent, const Decision& decision,
                         Detail detail) {
  CANDOR_ASSIGN(shown, agent.preview(agent.channels(), Agent::Fields::kAgreed));
  context.out.print(shown.report.bytes());
  tell_of_devices(agent, context.out);
  context.out.say(
      fmt::format("Telemetry is {}, and nothing is sent. {} This is the report that would be sent.",
                  name_of(decision.mode), decision.reason));
  tell_identity(agent, shown.identity, context.out);
  tell_left_out(shown.left_out, detail, context.out);
  tell_next_step(agent, decision, context.out);
  return kExitOk;
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  if (context.arguments.has("events")) {
    return show_event_file(context, relay_of(agent.state()),
                           "No event waits to be sent. `candor log --events` lists what was sent, "
                           "and `candor status` says whether the relay runs.");
  }
  if (context.arguments.has("programs")) return show_programs(context, agent);
  if (context.arguments.has("metrics")) return show_metrics(context, agent);
  CANDOR_ASSIGN(decision, agent.decision());
  const auto detail = context.arguments.has("explain") ? Detail::kEach : Detail::kCount;
  if (decision.mode == Mode::kOff || decision.is_forbidden())
    return show_preview(context, agent, decision, detail);
  CANDOR_ASSIGN(pending, agent.pending_or_seal());
  context.out.print(pending.bytes);
  tell_of_devices(agent, context.out);
  if (decision.mode == Mode::kLocal)
    context.out.say("Telemetry is local: this report is never sent.");
  if (decision.mode == Mode::kOn) context.out.say("To send it now: candor send");
  if (pending.count > 1) {
    context.out.say(fmt::format("{} reports are pending; this is the oldest, which is sent first.",
                                pending.count));
  }
  if (detail == Detail::kEach && pending.left_out.empty()) {
    // What was left out is known when a report is made, and is kept nowhere.
    CANDOR_ASSIGN(again, agent.preview(agent.channels(), Agent::Fields::kAgreed));
    pending.left_out = std::move(again.left_out);
  }
  tell_left_out(pending.left_out, detail, context.out);
  return kExitOk;
}

}  // namespace

Command show_command() {
  return {
      .name = "show",
      .summary = "print exactly what is sent next",
      .about =
          "Prints the bytes of the pending report, which are the bytes that are sent; when none is "
          "pending, one is "
          "made now. While telemetry is off, prints the report that would be sent, and keeps "
          "nothing. With --json too, standard output is exactly those bytes, without "
          "schema_version: "
          "they are one JSON document, and any other one would not be what is sent.",
      .operands = {},
      .options = {{"explain", "", "List what was left out, and why, on standard error."},
                  {"events", "", "The events of pages that the relay has pending, instead."},
                  {"programs", "",
                   "The events of programs with libcandor, instead: what they recorded by now."},
                  {"metrics", "",
                   "The file of metrics that is pushed next, instead; when none waits, what would "
                   "be pushed now, which is kept nowhere."}},
      .examples = {{"candor show", ""},
                   {"candor show | sha256sum",
                    "the hash that the collector's receipt will be for"}},
      .exit_codes = {{kExitPending, "the contract's licence or product is not the one agreed to"},
                     {kExitNothing, "every channel is off, no event waits, or no metric may leave"},
                     {kExitBadData, "a file of the state folder is damaged"},
                     {kExitUnavailable, "the cluster or machine could not be asked"},
                     {kExitCannotCreate, "the state folder cannot be written"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
