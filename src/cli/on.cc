#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/rehearse.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  OnRequest request{context.arguments.value("license", context.arguments.value("licence")),
                    context.arguments.has("also-here"), context.arguments.line};
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
                      result.was_on ? " (as before)" : "", agent.contract().product,
                      result.identity.installation,
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
          "Writes the consent, bound to the contract as it is now: a later contract that declares "
          "more sends "
          "nothing more until you agree again. Where the contract has a licence, its id must be "
          "given. Makes "
          "the identity of this installation if it has none. The collector need not be reachable.",
      .operands = {},
      .options = {{"license", "ID", "Agree to give the data under this licence."},
                  {"licence", "ID", ""},
                  {"also-here", "",
                   "Report from here although another agent reports this cluster."}},
      .examples = {{"candor on --license sharing-1-0",
                    "for a product whose contract has that licence"},
                   {"candor on", "for a product without a licence"}},
      .exit_codes = {{kExitForbidden, "DO_NOT_TRACK, CANDOR_TELEMETRY or a policy forbids it"},
                     {kExitUnavailable, "the cluster's identity could not be asked for"},
                     {kExitCannotCreate, "the state folder cannot be written"},
                     {kExitLicence, "the licence was not given"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run,
      .rehearse = rehearse_on};
}

}  // namespace candor
