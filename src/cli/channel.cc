#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/configuration.h"
#include "cli/rehearse.h"

namespace candor {
namespace {

Result<int> list(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(decision, agent.decision());
  const auto on = agent.channels();
  std::size_t width = 0;
  for (const auto& channel : agent.contract().channels)
    width = std::max(width, channel.name.size());
  Json channels = Json::array();
  std::string text;
  for (const auto& channel : agent.contract().channels) {
    const bool is_on = on.contains(channel.name);
    channels.push_back({{"name", channel.name},
                        {"on", is_on},
                        {"default", channel.on_by_default},
                        {"about", channel.about}});
    const auto state = context.out.paint(is_on ? Output::Paint::kGood : Output::Paint::kCareful,
                                         is_on ? "on " : "off");
    text += fmt::format("{:<{}}  {}  {}\n", channel.name, width, state, channel.about);
  }
  context.answer({{"telemetry", name_of(decision.mode)}, {"channels", std::move(channels)}}, text);
  if (decision.mode == Mode::kOff)
    context.out.say("Telemetry is off: the channels have no effect.");
  return kExitOk;
}

// Who allowed it, where the contract wants somebody to. While telemetry is off, `candor on` asks.
Status confirm(const Context& context, const Agent& agent, const Channel& channel) {
  if (channel.confirmation.empty()) return Ok{};
  const auto who = context.arguments.value("confirmed-by");
  CANDOR_ASSIGN(given, agent.consent());
  const bool is_on = given && given->state == Mode::kOn;
  if (!is_on && !who.empty())
    context.out.warn("Telemetry is off; give --confirmed-by to the 'candor on' command.");
  if (!is_on) return Ok{};
  if (!who.empty()) {
    const auto kept = agent.confirm(channel.name, who);
    return kept.ok() ? Status(Ok{}) : Status(kept.error());
  }
  if (given->confirmed_by.contains(channel.name)) return Ok{};
  return Error{
      ErrorKind::kLicence,
      fmt::format("The channel {0} may be switched on only after {1} agreed. Ask {1}, then: "
                  "candor channel enable {0} --confirmed-by WHO",
                  channel.name, channel.confirmation)};
}

Result<int> change(Context& context, bool on) {
  CANDOR_ASSIGN(agent, context.open_agent());
  const auto name = context.arguments.value("NAME");
  if (agent.contract().channel(name) == nullptr) {
    std::vector<std::string> known;
    for (const auto& channel : agent.contract().channels) known.push_back(channel.name);
    return Error{ErrorKind::kUsage,
                 fmt::format("{} has no channel \"{}\".{} It has: {}.", agent.contract().product,
                             name, did_you_mean(name, known), fmt::join(known, ", "))};
  }
  CANDOR_TRY(agent.note_leaving());
  if (on) CANDOR_TRY(confirm(context, agent, *agent.contract().channel(name)));
  CANDOR_TRY(set_in_file(agent.paths(), fmt::format("channel_{}", name), on));
  CANDOR_TRY(channels_changed(context));
  CANDOR_ASSIGN(decision, agent.decision());
  context.out.say(
      fmt::format("Channel {} is {}.{}", name, on ? "on" : "off",
                  decision.mode == Mode::kOff ? " It has no effect while telemetry is off." : ""));
  if (context.globals.json) context.answer({{"name", name}, {"on", on}}, "");
  return kExitOk;
}

Command child(std::string name, std::string summary, std::function<Result<int>(Context&)> run) {
  Command command;
  command.examples = {{fmt::format("candor channel {}{}", name, name == "ls" ? "" : " ident"), ""}};
  if (name != "ls") command.operands = {{"NAME", "the channel"}};
  command.summary = std::move(summary);
  if (name != "ls") command.rehearse = rehearse_channel(name == "enable");
  if (name == "enable") {
    command.options = {{"confirmed-by", "WHO", "Who confirmed it, where the contract wants that."}};
    command.exit_codes = {{kExitLicence, "the contract wants a confirmation, and none was given"}};
  }
  command.exit_codes.push_back({kExitConfiguration, "configuration or contract is wrong"});
  command.name = std::move(name);
  command.run = std::move(run);
  return command;
}

}  // namespace

Command channel_command() {
  return {
      .name = "channel",
      .summary = "list the channels, switch one on or off",
      .about = "A channel is a part of the report. `candor contract docs` tells what each holds.",
      .operands = {},
      .options = {},
      .examples = {{"candor channel ls", ""}, {"candor channel enable ident", ""}},
      .exit_codes = {},
      .children = {child("ls", "list the channels", list),
                   child("enable", "switch a channel on",
                         [](Context& context) { return change(context, true); }),
                   child("disable", "switch a channel off",
                         [](Context& context) { return change(context, false); })},
      .run = {}};
}

}  // namespace candor
