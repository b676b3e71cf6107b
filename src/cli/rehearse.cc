#include "cli/rehearse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/devices.h"
#include "agent/programs/rings.h"
#include "agent/verify.h"
#include "base/nearest.h"
#include "cli/configuration.h"
#include "cli/named_file.h"
#include "cli/prompt.h"
#include "cli/send_metrics.h"
#include "cli/state.h"
#include "config/edit.h"

namespace candor {
namespace {

std::string given_licence(const Context& context) {
  return context.arguments.value("license", context.arguments.value("licence"));
}

std::string reports(std::size_t count) {
  return count == 1 ? "1 pending report" : fmt::format("{} pending reports", count);
}

Status check_mode(const Agent& agent, std::string_view what) {
  CANDOR_ASSIGN(now, agent.decision());
  if (now.mode == Mode::kOn) return Ok{};
  return Error{
      now.is_forbidden() ? ErrorKind::kForbidden : ErrorKind::kOff,
      fmt::format("Nothing would be {}: telemetry is {}. {}", what, name_of(now.mode), now.reason)};
}

// Of device reports: that there are any to make.
Status check_makeable(const Agent& agent, bool devices) {
  if (!devices || DeviceReports(agent).are_on()) return Ok{};
  return Error{ErrorKind::kNothing,
               fmt::format("The contract of {} has no device reports, or their channel is off. "
                           "`candor channel ls` lists the channels.",
                           agent.contract().product)};
}

// A key of the agent's that may be changed; a channel's only when the contract has it.
Result<std::string> checked_key(const Context& context, const std::string& name) {
  CANDOR_ASSIGN(key, canonical_key(name));
  if (!key.starts_with(kChannelPrefix)) return key;
  const auto agent = context.open_agent();
  const auto channel = key.substr(kChannelPrefix.size());
  if (!agent.ok() || agent->contract().channel(channel) != nullptr) return key;
  return Error{ErrorKind::kUsage,
               fmt::format("{} has no channel \"{}\". `candor channel ls` lists them.",
                           agent->contract().product, channel)};
}

Result<int> rehearse_send_programs(Context& context, const Agent& agent) {
  CANDOR_ASSIGN(link, program_uplink_options(agent.settings(), agent.contract()));
  CANDOR_ASSIGN(pending, Outbox(programs_of(agent.state()), kEventFileLimits).pending());
  std::vector<std::string> steps = {
      "take what programs recorded: `candor show --programs` does so, and prints it"};
  for (const auto& file : pending)
    steps.push_back(fmt::format("send file {} ({} bytes)", file.id, file.bytes));
  steps.push_back(post_to(link));
  return tell_rehearsal(context, steps);
}

}  // namespace

int tell_rehearsal(const Context& context, const std::vector<std::string>& steps) {
  if (context.globals.json) {
    context.answer({{"dry_run", true}, {"would", steps}}, "");
    return kExitOk;
  }
  for (const auto& step : steps) context.out.print("would " + step + "\n");
  context.out.say("This was a rehearsal; nothing was done.");
  return kExitOk;
}

std::string post_to(const UplinkOptions& link) {
  return fmt::format(
      "post to {}{}", link.shown_url(),
      link.proxy.empty() ? "" : " through the proxy " + without_password(link.proxy));
}

Result<int> rehearse_on(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent(Context::About::kDeciding));
  CANDOR_TRY(agent.may_turn_on());
  CANDOR_ASSIGN(agreed, is_agreed(agent));
  if (!agreed || !given_licence(context).empty())
    CANDOR_TRY(agent.check_licence(given_licence(context), "candor on"));
  const auto confirmed_by = context.arguments.value("confirmed-by");
  CANDOR_TRY(agent.check_confirmation(confirmed_by));
  if (agreed && given_licence(context).empty() && confirmed_by.empty())
    return tell_rehearsal(context, {"keep the consent as it is: all of it was agreed to already"});
  CANDOR_ASSIGN(link, uplink_options(agent.settings(), agent.contract()));
  CANDOR_ASSIGN(identity, read_identity(agent.state()));
  const auto& contract = agent.contract();
  std::vector<std::string> steps = {
      fmt::format("write the consent for {}, contract {}, into {}", contract.product,
                  contract.hash.substr(0, 12), agent.state().path().string()),
      identity ? fmt::format("keep the identity {}", identity->installation)
               : "make an identity for this installation, or take the cluster's own",
      fmt::format("ask {} for its receipt key and pin it", without_password(link.endpoint)),
      fmt::format("report the channels: {}", fmt::join(agent.channels(), ", "))};
  return tell_rehearsal(context, steps);
}

Result<int> rehearse_off(Context& context) {
  CANDOR_ASSIGN(state, state_folder(context));
  CANDOR_ASSIGN(consent, read_consent(state));
  if (!consent || consent->state == Mode::kOff)
    return tell_rehearsal(context, {"do nothing: it is off"});
  CANDOR_ASSIGN(pending, Outbox(state).pending());
  return tell_rehearsal(context, {"withdraw the consent", "drop " + reports(pending.size())});
}

Result<int> rehearse_send(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_TRY(agent.may_send(given_licence(context)));
  if (context.arguments.has("programs")) return rehearse_send_programs(context, agent);
  if (context.arguments.has("metrics")) return rehearse_send_metrics(context, agent);
  const bool devices = context.arguments.has("devices");
  CANDOR_ASSIGN(link, devices ? device_uplink_options(agent.settings(), agent.contract())
                              : uplink_options(agent.settings(), agent.contract()));
  CANDOR_TRY(check_makeable(agent, devices));
  const auto folder = devices ? devices_of(agent.state()) : agent.state();
  CANDOR_ASSIGN(pending, Outbox(folder).pending());
  std::vector<std::string> steps;
  if (pending.empty()) {
    // `candor preview` would print channels, too, that are off.
    steps.push_back(fmt::format("make a {}report: `candor {}` prints it", devices ? "device " : "",
                                devices ? "show-device" : "show"));
  }
  for (const auto& report : pending)
    steps.push_back(fmt::format("send report {} ({} bytes)", report.id, report.bytes));
  steps.push_back(post_to(link));
  return tell_rehearsal(context, steps);
}

Result<int> rehearse_export(Context& context) {
  const auto name = context.arguments.value("FILE");
  // The rehearsal's own document says nothing of where the data would go.
  CANDOR_TRY(check_new_output(name, false));
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_TRY(check_mode(agent, "exported"));
  const bool devices = context.arguments.has("devices");
  CANDOR_TRY(check_makeable(agent, devices));
  const auto folder = devices ? devices_of(agent.state()) : agent.state();
  CANDOR_ASSIGN(pending, Outbox(folder).pending());
  std::vector<std::string> steps;
  if (pending.empty()) steps.push_back(devices ? "make a device report" : "make a report");
  steps.push_back(fmt::format("write {} into {}", reports(std::max<std::size_t>(pending.size(), 1)),
                              is_standard(name) ? "standard output" : name));
  return tell_rehearsal(context, steps);
}

Result<int> rehearse_config_set(Context& context) {
  const auto words = without_section(context.arguments.values("KEY VALUE"));
  if (words.size() != 2)
    return Error{ErrorKind::kUsage, "`candor config set` takes a key and a value."};
  CANDOR_ASSIGN(key, checked_key(context, words[0]));
  CANDOR_ASSIGN(value, value_for(context, key, words[1]));
  CANDOR_ASSIGN(places, context.paths());
  const auto* text = std::get_if<std::string>(&value);
  const auto* known = find_key(agent_keys(), key);
  auto shown = to_toml(value);
  if (text != nullptr && has_password(*text)) shown = to_toml(without_password(*text));
  if (known != nullptr && known->is_secret) shown = to_toml(std::string("***"));
  return tell_rehearsal(
      context, {fmt::format("set {} = {} in {}", key, shown, places.config_file.string())});
}

Result<int> rehearse_config_unset(Context& context) {
  const auto words = without_section(context.arguments.values("KEY"));
  if (words.size() != 1) return Error{ErrorKind::kUsage, "`candor config unset` takes one key."};
  CANDOR_ASSIGN(key, canonical_key(words[0]));
  CANDOR_ASSIGN(places, context.paths());
  return tell_rehearsal(context,
                        {fmt::format("take {} out of {}", key, places.config_file.string())});
}

std::function<Result<int>(Context&)> rehearse_channel(bool on) {
  return [on](Context& context) -> Result<int> {
    CANDOR_ASSIGN(agent, context.open_agent());
    const auto name = context.arguments.value("NAME");
    std::vector<std::string> known;
    for (const auto& channel : agent.contract().channels) known.push_back(channel.name);
    if (agent.contract().channel(name) == nullptr) {
      return Error{ErrorKind::kUsage,
                   fmt::format("{} has no channel \"{}\".{}", agent.contract().product, name,
                               did_you_mean(name, known))};
    }
    return tell_rehearsal(context,
                          {fmt::format("set channel_{} = {} in {}", name, on ? "true" : "false",
                                       agent.paths().config_file.string())});
  };
}

}  // namespace candor
