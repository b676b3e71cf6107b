#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/devices.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/left_out.h"
#include "cli/send_metrics.h"

namespace candor {
namespace {

Result<ChannelSet> chosen_channels(const Context& context, const Agent& agent) {
  std::vector<std::string> known;
  for (const auto& channel : agent.contract().channels) known.push_back(channel.name);
  if (!context.arguments.has("channel")) return ChannelSet(known.begin(), known.end());
  ChannelSet chosen;
  for (const auto& name : context.arguments.values("channel")) {
    if (agent.contract().channel(name) == nullptr) {
      return Error{ErrorKind::kUsage,
                   fmt::format("{} has no channel \"{}\".{} It has: {}.", agent.contract().product,
                               name, did_you_mean(name, known), fmt::join(known, ", "))};
    }
    chosen.insert(name);
  }
  return chosen;
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(channels, chosen_channels(context, agent));
  if (context.arguments.has("metrics")) return preview_metrics(context, agent, channels);
  CANDOR_ASSIGN(shown, agent.preview(channels, Agent::Fields::kAll));
  context.out.print(shown.report.bytes());
  context.out.say(fmt::format("A preview with {} {}; it is kept nowhere and never sent.",
                              channels.size() == 1 ? "the channel" : "the channels",
                              fmt::join(channels, ", ")));
  tell_identity(agent, shown.identity, context.out);
  if (DeviceReports(agent).exist())
    context.out.say("Device reports are documents of their own: candor preview-device");
  tell_left_out(shown.left_out, context.arguments.has("explain") ? Detail::kEach : Detail::kCount,
                context.out);
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode == Mode::kOn) {
    context.out.say("What is sent next, and only that: candor show");
  } else {
    tell_next_step(agent, decision, context.out);
  }
  return kExitOk;
}

}  // namespace

Command preview_command() {
  return {.name = "preview",
          .summary = "print what a report with any channels would hold",
          .about =
              "Works before any consent and whatever channels are on. The report is kept nowhere "
              "and never sent. With --json too, standard output is exactly the report.",
          .operands = {},
          .options = {{"channel", "NAME",
                       "Only this channel; may be given several times. Without it, every channel.",
                       true},
                      {"metrics", "", "The metrics that would be pushed, instead."},
                      {"explain", "", "List what was left out, and why, on standard error."}},
          .examples = {{"candor preview", "everything the contract allows"},
                       {"candor preview --channel ident", ""}},
          .exit_codes = {{kExitNothing, "with --metrics: the contract lists none of what is here"},
                         {kExitUnavailable, "the cluster or machine could not be asked"},
                         {kExitConfiguration, "configuration or contract is wrong"}},
          .children = {},
          .run = run};
}

}  // namespace candor
