#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/rehearse.h"
#include "cli/send_devices.h"
#include "cli/send_metrics.h"
#include "cli/send_programs.h"
#include "config/settings.h"

namespace candor {
namespace {

Result<SendSummary> send(const Agent& agent, const std::string& licence) {
  CANDOR_TRY(agent.may_send(licence));
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode != Mode::kOn) return agent.send_once(licence);
  CANDOR_ASSIGN(pending, agent.pending_or_seal());
  return agent.send({});
}

// What the collector did not keep of the report, by path.
void tell_fate(const Json& answer, std::string_view key, std::string_view what, Output& out) {
  const auto* list = find_member(answer, key);
  if (list == nullptr || !list->is_array()) return;
  for (const auto& entry : *list) {
    out.say(fmt::format("  {}: {} ({})", string_member(entry, "path"), what,
                        string_member(entry, "reason")));
  }
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  const auto licence = context.arguments.value("license", context.arguments.value("licence"));
  if (context.arguments.has("devices")) return send_devices(context, agent, licence);
  if (context.arguments.has("programs")) return send_programs(context, agent);
  if (context.arguments.has("metrics")) return send_metrics(context, agent);
  CANDOR_ASSIGN(summary, send(agent, licence));
  CANDOR_ASSIGN(link, uplink_options(agent.settings(), agent.contract()));
  const auto url = link.shown_url();
  if (summary.refused > 0) {
    return Error{
        ErrorKind::kGeneral,
        fmt::format("The collector refused the report; it is kept in {} and not sent again. {}",
                    agent.state().file("refused").string(), summary.refusal)};
  }
  if (summary.busy && !context.globals.json) {
    context.out.say(summary.error->message);
    return kExitTryAgain;
  }
  if (summary.error) {
    auto error = *summary.error;
    if (is_kept(summary)) {
      error.message += fmt::format(" {} kept; try again with `candor send`.",
                                   summary.left == 1 ? "The report is" : "The reports are");
    }
    return error;
  }
  if (summary.sent == 0) return nothing_sent();
  context.out.say(fmt::format("Report sent to {}", url));
  if (summary.left > 0) {
    context.out.say(fmt::format(
        "There was no time for all of the pending reports: {} were sent, {} are kept. Send them "
        "with: candor send",
        summary.sent, summary.left));
  } else if (summary.sent > 1) {
    context.out.say(fmt::format("{} reports were pending, and {} were sent.", summary.sent,
                                summary.sent == 2 ? "both" : "all of them"));
  }
  if (link.wire == Wire::kSegment)
    context.out.say("It is a Segment-compatible endpoint, which signs no receipt.");
  else if (summary.status != "accepted")
    context.out.say(fmt::format("The collector says: {}", summary.status));
  tell_fate(summary.answer, "dropped", "not kept", context.out);
  tell_fate(summary.answer, "quarantined", "quarantined", context.out);
  tell_id(summary, link.wire, context.out);
  tell_devices_follow(agent, context.out);
  if (context.globals.json) {
    context.answer({{"sent", summary.sent},
                    {"id", summary.last_id},
                    {"status", summary.status},
                    {"url", url},
                    {"answer", summary.answer}},
                   "");
  }
  return kExitOk;
}

}  // namespace

Command send_command() {
  return {
      .name = "send",
      .summary = "send the pending report now",
      .about =
          "Sends what `candor show` prints; when nothing is pending, a report is made first. While "
          "telemetry is "
          "off, a contract's licence can be given to send one report without switching anything "
          "on. Returns "
          "within ten seconds of having the report.",
      .operands = {},
      .options =
          {{"license", "ID", "While off: agree to the licence for this one report."},
           {"licence", "ID", ""},
           {"devices", "",
            "The device report instead, which otherwise goes by itself at a random moment."},
           {"programs", "",
            "What programs with libcandor recorded instead, which `candor agent` sends by itself "
            "within a minute; and the report, when one is due: it holds what they count."},
           {"metrics", "",
            "The metrics that wait instead, or those of now, which `candor agent` pushes by itself "
            "every monitor.push_interval."}},
      .examples = {{"candor send", ""},
                   {"candor send --license sharing-1-0", "one report, while telemetry is off"},
                   {"candor send --devices", "the device report, now"},
                   {"candor send --programs", "what programs recorded, where no agent runs"}},
      .exit_codes = {{kExitFailed,
                      "the collector refused it, or its receipt or key is not to be believed"},
                     {kExitPending, "the contract's licence or product is not the one agreed to"},
                     {kExitOff,
                      "telemetry is off, and the contract has no licence to send under; or an off "
                      "stopped the sending"},
                     {kExitNothing,
                      "every channel is off, or what was pending went meanwhile; with --devices, "
                      "also when the machine has no drives; with --programs when nothing was "
                      "recorded, with --metrics when none may leave"},
                     {kExitForbidden, "DO_NOT_TRACK, CANDOR_TELEMETRY or a policy forbids it"},
                     {kExitBadData, "a file of the state folder is damaged"},
                     {kExitUnavailable, "the cluster or machine could not be asked"},
                     {kExitCannotCreate, "the state folder cannot be written"},
                     {kExitTryAgain,
                      "the collector could not be reached or was busy; while telemetry is on, the "
                      "report is kept"},
                     {kExitLicence, "telemetry is off, and the licence was not given"},
                     {kExitConfiguration,
                      "configuration or contract is wrong, also by what the collector answers: it "
                      "wants another write key, or is none; while telemetry is on, the report is "
                      "kept"}},
      .children = {},
      .run = run,
      .rehearse = rehearse_send};
}

}  // namespace candor
