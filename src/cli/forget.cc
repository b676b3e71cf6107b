#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "agent/devices.h"
#include "agent/limits.h"
#include "base/numbers.h"
#include "cli/commands.h"
#include "cli/prompt.h"
#include "cli/wrap.h"

namespace candor {
namespace {

constexpr std::string_view kWhatHappens =
    "The collector deletes every record of this installation; here, identity, keys, the copies of "
    "what was sent and the log are removed. Telemetry is off afterwards. This cannot be undone.";

Status confirm(Context& context) {
  if (context.arguments.has("yes")) return Ok{};
  if (!can_ask(context)) {
    return Error{
        ErrorKind::kUsage,
        fmt::format("{} If that is what you want, say so: candor forget --yes", kWhatHappens)};
  }
  context.out.ask(wrapped(kWhatHappens, terminal_width(STDERR_FILENO)) +
                  "\nType yes to go on, anything else to leave all as it is: ");
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "yes") return Ok{};
  return Error{ErrorKind::kGeneral, "Nothing was changed."};
}

Result<Millis> patience_of(const Context& context) {
  if (!context.arguments.has("wait")) return Millis(kForgetPatience);
  const auto seconds = parse_unsigned<std::uint32_t>(context.arguments.value("wait"));
  if (seconds) return Millis(std::chrono::seconds(*seconds));
  return Error{ErrorKind::kUsage, "--wait takes a number of seconds, such as --wait 60"};
}

void tell(Context& context, const Forgotten& forgotten, bool has_devices) {
  auto& out = context.out;
  for (const auto& note : forgotten.notes) out.warn(note);
  if (forgotten.installation.empty()) {
    out.say("There is no identity here, so there was nothing to forget. Telemetry is off.");
    return;
  }
  if (forgotten.confirmation) {
    out.say(fmt::format(
        "The collector deleted every record of {} ({}). Its signed confirmation is {}",
        forgotten.installation, forgotten.confirmation->deleted_at, forgotten.proof.string()));
  } else if (forgotten.asked) {
    out.say("The collector has no record of this installation.");
  } else if (context.arguments.has("local")) {
    out.say("The collector was not asked: what it has, it keeps.");
  } else {
    out.say("Nothing was ever sent, so the collector was not asked.");
  }
  out.say(
      "Identity, keys, copies and log are removed, and telemetry is off. `candor on` makes a new "
      "identity.");
  if (has_devices)
    out.say(
        "Device reports carry no identity: nobody can say which ones came from here, so those that "
        "were sent stay.");
  if (forgotten.adopted) {
    out.say(
        "The cluster's own telemetry module has the same identity. What it sent carries no secret, "
        "so it cannot be deleted like this; it goes on unless you switch it off: ceph telemetry "
        "off");
  }
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(patience, patience_of(context));
  CANDOR_TRY(confirm(context));
  ForgetRequest request;
  request.only_here = context.arguments.has("local");
  request.patience = patience;
  // Not run by the agent, so a signal simply ends the command: what was begun goes on when it is
  // said again.
  request.wait = [](Millis time) {
    return ::usleep(static_cast<useconds_t>(std::chrono::microseconds(time).count())) == 0;
  };
  request.tell = [&context](std::string_view text) { context.out.say(text); };
  CANDOR_ASSIGN(forgotten, agent.forget(request));
  const bool has_devices = DeviceReports(agent).exist();
  tell(context, forgotten, has_devices);
  if (context.globals.json) {
    Json document = {{"forgotten", !forgotten.installation.empty()},
                     {"installation", nullptr},
                     {"asked", forgotten.asked},
                     {"deletion", nullptr},
                     {"proof", nullptr},
                     {"device_reports", has_devices ? Json("cannot_be_found") : Json(nullptr)}};
    if (!forgotten.installation.empty()) document["installation"] = forgotten.installation;
    if (forgotten.confirmation) {
      document["deletion"] = to_json(*forgotten.confirmation);
      document["proof"] = forgotten.proof.string();
    }
    context.answer(document, "");
  }
  return kExitOk;
}

}  // namespace

Command forget_command() {
  return {
      .name = "forget",
      .summary = "have the collector delete everything, and start as nobody",
      .about =
          "Switches telemetry off, shows the collector the deletion secret, waits until it has "
          "deleted every record of this installation and signed for that, then removes identity, "
          "keys, copies and log here; the signed confirmation stays, in the state folder's "
          "deletions/. The next `candor on` makes a new identity. Device reports carry no identity "
          "and cannot be found; neither can what went to an endpoint that is no collector of "
          "Candor, or what a cluster's own telemetry module sent. When nothing was ever sent, "
          "nobody is asked.",
      .operands = {},
      .options = {{"yes", "", "Do not ask before."},
                  {"wait", "SECONDS", "How long to wait for the collector; 300 if not given."},
                  {"local", "", "Do not ask the collector: what it has, it keeps."}},
      .examples = {{"candor forget --yes", ""},
                   {"candor forget --yes --wait 0", "ask, and come back later for the answer"}},
      .exit_codes = {{kExitFailed,
                      "the confirmation is not to be believed, or the collector cannot delete: "
                      "nothing here was removed"},
                     {kExitTryAgain, "the collector is not done or not to be reached: ask again"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
