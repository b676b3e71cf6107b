#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/prompt.h"
#include "cli/rehearse.h"

namespace candor {
namespace {

// Asks whoever sits at the terminal, unless all of it was agreed to already. The exit code when the
// answer was no yes.
Result<std::optional<int>> ask(Context& context, const Agent& agent, OnRequest& request) {
  const std::optional<int> go_on;
  if (!request.licence.empty()) return go_on;
  CANDOR_TRY(agent.may_turn_on());
  CANDOR_ASSIGN(agreed, is_agreed(agent));
  if (!agreed && !can_ask(context)) return go_on;
  CANDOR_TRY(agent.check_confirmation(request.confirmed_by));
  const auto answer = agreed ? Answer::kYes : ask_consent(context, agent);
  if (answer == Answer::kYes) {
    if (agent.contract().licence) request.licence = agent.contract().licence->id;
    if (!agreed) request.how += " (answered yes)";
    return go_on;
  }
  if (answer == Answer::kNone)
    return Error{ErrorKind::kLicence, "No answer was given, so nothing was changed."};
  const auto decision = agent.decision();
  if (decision.ok() && decision->mode == Mode::kOn) {
    context.out.say(
        "What is new stays home; what you agreed to before goes on. To stop: candor off.");
    return std::optional<int>(kExitPending);
  }
  CANDOR_TRY(agent.turn_off(request.how + " (answered no)"));
  context.out.say("Telemetry is off, and nothing asks again. To change your mind: candor on.");
  return std::optional<int>(kExitLicence);
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent(Context::About::kDeciding));
  OnRequest request{context.arguments.value("license", context.arguments.value("licence")),
                    context.arguments.has("also-here"), context.arguments.line,
                    context.arguments.value("confirmed-by")};
  CANDOR_ASSIGN(no, ask(context, agent, request));
  if (no) return *no;
  CANDOR_ASSIGN(result, agent.turn_on(request));
  auto& out = context.out;
  for (const auto& note : result.notes) out.warn(note);
  if (context.globals.json) {
    context.answer({{"telemetry", "on"},
                    {"was_on", result.was_on},
                    {"installation", result.identity.installation},
                    {"adopted", result.identity.adopted},
                    {"receipt_key", result.key_pinned ? "pinned" : "not_pinned"}},
                   "");
    return kExitOk;
  }
  out.say(fmt::format("Telemetry is on{} for {}, under the identity {}{}.",
                      !result.was_on       ? ""
                      : result.agreed_anew ? " (as before)"
                                           : " already",
                      agent.contract().product, result.identity.installation,
                      result.identity.adopted ? ", which the cluster already had" : ""));
  if (agent.settings().text("wire") == "segment") {
    out.say("A Segment-compatible endpoint signs no receipts: there is no key to pin.");
  } else if (!result.key_pinned) {
    out.say(fmt::format("The collector's receipt key will be pinned at first contact.{}{}",
                        result.key_problem.empty() ? "" : " ", result.key_problem));
  }
  out.say("See what is sent next: candor show. Say no at any time: candor off.");
  return kExitOk;
}

}  // namespace

Command on_command() {
  return {
      .name = "on",
      .summary = "say yes: share what the contract declares",
      .about =
          "Writes the consent, bound to the contract as it is now: a later contract that "
          "declares "
          "more sends "
          "nothing more until you agree again. Where the contract has a licence, its id must be "
          "given; on a terminal, without it, what would be shared is shown and you are asked. "
          "Makes "
          "the identity of this installation if it has none. The collector need not be "
          "reachable.",
      .operands = {},
      .options = {{"license", "ID", "Agree to give the data under this licence."},
                  {"licence", "ID", ""},
                  {"confirmed-by", "WHO",
                   "Who confirmed the channels that the contract wants confirmed."},
                  {"also-here", "",
                   "Report from here although another agent reports this cluster."}},
      .examples = {{"candor on --license sharing-1-0",
                    "for a product whose contract has that licence"},
                   {"candor on", "asks on a terminal; or for a product without a licence"},
                   {"candor on --confirmed-by 'A. Smith, ACME'",
                    "where somebody else had to agree before"}},
      .exit_codes = {{kExitForbidden, "DO_NOT_TRACK, CANDOR_TELEMETRY or a policy forbids it"},
                     {kExitUnavailable, "the cluster's identity could not be asked for"},
                     {kExitCannotCreate, "the state folder cannot be written"},
                     {kExitPending, "the answer was no to what is new; the rest goes on"},
                     {kExitLicence,
                      "the licence or a confirmation was not given, or the answer was no"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run,
      .rehearse = rehearse_on};
}

}  // namespace candor
