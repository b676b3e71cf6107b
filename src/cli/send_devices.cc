#include "cli/send_devices.h"

#include <fmt/format.h>

#include "agent/devices.h"
#include "agent/send/device_schedule.h"

namespace candor {
namespace {

Result<SendSummary> send(const DeviceReports& devices, const Agent& agent,
                         const std::string& licence) {
  CANDOR_TRY(agent.may_send(licence));
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode != Mode::kOn) return devices.send_once(licence);
  CANDOR_ASSIGN(pending, devices.pending_or_seal());
  return devices.send({});
}

}  // namespace

Result<int> send_devices(Context& context, const Agent& agent, const std::string& licence) {
  const DeviceReports devices(agent);
  CANDOR_ASSIGN(link, device_uplink_options(agent.settings(), agent.contract()));
  CANDOR_ASSIGN(summary, send(devices, agent, licence));
  const auto url = link.shown_url();
  if (summary.refused > 0) {
    return Error{ErrorKind::kGeneral,
                 fmt::format("The collector refused the device report; it is kept in {} and not "
                             "sent again. {}",
                             devices.folder().file("refused").string(), summary.refusal)};
  }
  if (summary.busy && !context.globals.json) {
    context.out.say(summary.error->message);
    return kExitTryAgain;
  }
  if (summary.error) {
    auto error = *summary.error;
    if (is_kept(summary)) error.message += " It is kept; try again with `candor send --devices`.";
    return error;
  }
  if (summary.sent == 0) return nothing_sent();
  context.out.say(fmt::format("Device report sent to {}", url));
  if (summary.status != "accepted")
    context.out.say(fmt::format("The collector says: {}", summary.status));
  tell_id(summary, link.wire, context.out);
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

void tell_id(const SendSummary& summary, Wire wire, Output& out) {
  out.say(fmt::format("Its id is {}. {}", summary.last_id,
                      wire == Wire::kSegment
                          ? fmt::format("To read it again: candor log show {}", summary.last_id)
                          : fmt::format("To check the collector's receipt for it: candor verify {}",
                                        summary.last_id)));
}

bool is_kept(const SendSummary& summary) {
  return summary.error && summary.left > 0 &&
         (summary.error->kind == ErrorKind::kTryAgain ||
          summary.error->kind == ErrorKind::kConfiguration);
}

Error nothing_sent() {
  return Error{ErrorKind::kNothing,
               "Nothing was sent: what was pending is sent or dropped already."};
}

void tell_devices_follow(const Agent& agent, Output& out) {
  const auto decision = agent.decision();
  if (!decision.ok() || decision->mode != Mode::kOn || !DeviceReports(agent).are_on()) return;
  out.say(
      "The device report is not sent with it: the agent sends that one by itself, at a random "
      "moment. To send it now: candor send --devices");
}

}  // namespace candor
