#include <fmt/format.h>

#include <algorithm>

#include "agent/send/uplink.h"
#include "base/nearest.h"
#include "cli/agreeing.h"
#include "cli/commands.h"
#include "cli/config_schema.h"
#include "cli/configuration.h"
#include "cli/rehearse.h"
#include "config/edit.h"
#include "config/server_config.h"
#include "config/settings.h"

namespace candor {
namespace {

Json json_of(const Setting& setting) {
  if (const auto* number = std::get_if<std::int64_t>(&setting.value)) return *number;
  if (const auto* flag = std::get_if<bool>(&setting.value)) return *flag;
  return shown_value(setting);
}

Result<Settings> load(const Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  return load_settings({places.config_file, places.drop_ins}, context.environment);
}

Result<int> get(Context& context) {
  const auto words = without_section(context.arguments.values("KEY"));
  if (words.size() != 1) return Error{ErrorKind::kUsage, "`candor config get` takes one key."};
  CANDOR_ASSIGN(key, canonical_key(words[0]));
  CANDOR_ASSIGN(settings, load(context));
  if (key.starts_with(kChannelPrefix) && !settings.channel(key.substr(kChannelPrefix.size()))) {
    CANDOR_ASSIGN(agent, context.open_agent());
    const auto name = key.substr(kChannelPrefix.size());
    if (agent.contract().channel(name) == nullptr) {
      return Error{ErrorKind::kUsage,
                   fmt::format("{} has no channel \"{}\".", agent.contract().product, name)};
    }
    const bool on = agent.channels().contains(name);
    context.answer({{"key", key}, {"value", on}, {"origin", "contract"}},
                   on ? "true\n" : "false\n");
    return kExitOk;
  }
  const auto& setting = settings.setting(key);
  context.answer({{"key", key}, {"value", json_of(setting)}, {"origin", setting.origin}},
                 shown_value(setting) + "\n");
  return kExitOk;
}

// That a channel which somebody has to confirm stays home until then.
void tell_unconfirmed(Context& context, const std::string& key) {
  const auto agent = context.open_agent();
  if (!agent.ok()) return;
  const auto name = key.substr(kChannelPrefix.size());
  const auto* channel = agent->contract().channel(name);
  if (channel == nullptr || channel->confirmation.empty()) return;
  const auto given = agent->consent();
  const bool is_on = given.ok() && *given && (*given)->state == Mode::kOn;
  if (is_on && (*given)->confirmed_by.contains(name)) return;
  context.out.warn(fmt::format(
      "Nothing of the channel {} leaves until it is confirmed. Ask {}, then: {}", name,
      channel->confirmation,
      is_on ? fmt::format("candor channel enable {} --confirmed-by WHO", name) : agreeing(*agent)));
}

// That a password stands in the configuration now, who can read it there, and where it is better.
void tell_password(Context& context, const std::string& key, const Path& file) {
  auto said =
      fmt::format("The password in {} now stands in {}, {}.", key, file.string(), who_reads(file));
  if (key == "proxy") {
    said +=
        " Better: put it alone into a file and name that with proxy_password_file; for "
        "candor.service, into /etc/credstore/candor.proxy-password, and the name is "
        "/run/credentials/candor.service/candor.proxy-password.";
  } else if (key == "monitor.sonar.password") {
    said +=
        " Better: put it alone into a file and name that with monitor.sonar.password_file; for "
        "candor.service, into /etc/credstore/candor.sonar-password, and the name is "
        "/run/credentials/candor.service/candor.sonar-password.";
  }
  context.out.warn(said);
}

Result<int> set(Context& context) {
  const auto words = without_section(context.arguments.values("KEY VALUE"));
  if (words.size() != 2) {
    return Error{ErrorKind::kUsage,
                 "`candor config set` takes a key and a value: candor config set interval 72"};
  }
  CANDOR_ASSIGN(key, canonical_key(words[0]));
  CANDOR_ASSIGN(value, value_for(context, key, words[1]));
  CANDOR_ASSIGN(places, context.paths());
  const bool of_channel = key.starts_with(kChannelPrefix);
  if (of_channel) {
    // Only the contract knows its channels; without one at hand the next start tells.
    const auto agent = context.open_agent();
    if (agent.ok() && agent->contract().channel(key.substr(kChannelPrefix.size())) == nullptr) {
      return Error{ErrorKind::kUsage,
                   fmt::format("{} has no channel \"{}\". `candor channel ls` lists them.",
                               agent->contract().product, key.substr(kChannelPrefix.size()))};
    }
  }
  if (of_channel) CANDOR_TRY(note_leaving(context));
  CANDOR_TRY(set_in_file(places, key, value));
  if (of_channel) CANDOR_TRY(channels_changed(context));
  if (holds_password(key, value)) tell_password(context, key, places.config_file);
  if (key == "product" || key == "endpoint") {
    // It may stand before what it goes with, so it is kept; but what is wrong now is said now.
    const auto agent = context.open_agent();
    if (!agent.ok() && key == "product") context.out.warn(agent.error().message);
    const auto link = agent.ok() && key == "endpoint"
                          ? uplink_options(agent->settings(), agent->contract())
                          : Result<UplinkOptions>(UplinkOptions{});
    if (!link.ok()) context.out.warn(link.error().message);
  }
  if (of_channel && value == Value(true)) tell_unconfirmed(context, key);
  CANDOR_ASSIGN(settings, load(context));
  if (!of_channel && settings.setting(key).value != value &&
      settings.setting(key).key->type != KeyType::kFile &&
      settings.setting(key).key->type != KeyType::kFolder) {
    context.out.warn(fmt::format("{} has no effect: {} sets it, too, and wins.", key,
                                 settings.setting(key).origin));
  }
  if (context.globals.json) {
    context.answer({{"key", key}, {"file", places.config_file.string()}}, "");
  }
  return kExitOk;
}

Result<int> unset(Context& context) {
  const auto words = without_section(context.arguments.values("KEY"));
  if (words.size() != 1) return Error{ErrorKind::kUsage, "`candor config unset` takes one key."};
  CANDOR_ASSIGN(key, canonical_key(words[0]));
  CANDOR_ASSIGN(places, context.paths());
  const bool of_channel = key.starts_with(kChannelPrefix);
  if (of_channel) CANDOR_TRY(note_leaving(context));
  CANDOR_ASSIGN(removed, unset_in_file(places, key));
  if (of_channel) CANDOR_TRY(channels_changed(context));
  if (!removed)
    context.out.say(fmt::format("{} was not set in {}.", key, places.config_file.string()));
  CANDOR_ASSIGN(settings, load(context));
  const bool still = of_channel ? settings.channel(key.substr(kChannelPrefix.size())).has_value()
                                : !settings.setting(key).is_default;
  if (still)
    context.out.warn(
        fmt::format("{} is still set: {} sets it.", key, settings.setting(key).origin));
  if (context.globals.json) {
    context.answer({{"key", key}, {"file", places.config_file.string()}, {"was_set", removed}}, "");
  }
  return kExitOk;
}

Result<int> list(Context& context) {
  CANDOR_ASSIGN(settings, load(context));
  const bool origin = context.arguments.has("origin");
  std::size_t width = 0;
  for (const auto& setting : settings.all()) width = std::max(width, setting.name.size());
  Json entries = Json::array();
  std::string text;
  for (const auto& setting : settings.all()) {
    entries.push_back(
        {{"key", setting.name}, {"value", json_of(setting)}, {"origin", setting.origin}});
    const auto value = shown_value(setting);
    text += fmt::format("{:<{}} ={}{}", setting.name, width, value.empty() ? "" : " ", value);
    text += origin ? fmt::format("  # {}\n", setting.origin) : "\n";
  }
  context.answer({{"settings", std::move(entries)}}, text);
  return kExitOk;
}

Json json_of(const Key& key, std::string_view part) {
  return {{"key", key.name},          {"of", part},         {"type", describe(key.type)},
          {"default", key.fallback},  {"about", key.about}, {"example", key.example},
          {"variable", key.variable}, {"list", key.list}};
}

std::string text_of(const Key& key, std::string_view part) {
  auto text = fmt::format("{} ({}, {})\n  {}\n", key.name, describe(key.type), part, key.about);
  if (key.type == KeyType::kInteger) text += fmt::format("  From {} to {}.\n", key.min, key.max);
  text += fmt::format("  Default: {}\n", key.fallback.empty() ? "none" : key.fallback);
  if (!key.list.empty()) text += fmt::format("  In each table of [[{}]].\n", key.list);
  if (!key.variable.empty()) text += fmt::format("  Environment variable: {}\n", key.variable);
  std::string example(key.example);
  for (auto at = example.find('\n'); at != std::string::npos; at = example.find('\n', at + 1))
    example.insert(at + 1, "    ");
  return text + fmt::format("  Example:\n    {}\n", example);
}

struct Part {
  std::string_view name;
  std::span<const Key> keys;
};

std::vector<Part> parts() { return {{"agent", agent_keys()}, {"server", server_keys()}}; }

Result<int> explain(Context& context) {
  Json found = Json::array();
  std::string text;
  const auto words = without_section(context.arguments.values("KEY"));
  const auto name = words.empty() ? std::string() : words[0];
  const auto own = name.starts_with("mgr/") ? canonical_key(name) : Result<std::string>(name);
  if (!own.ok()) return own.error();
  std::vector<std::string> known;
  for (const auto& part : parts()) {
    for (const auto& key : part.keys) {
      known.emplace_back(key.name);
      if (!own->empty() && find_key(part.keys, *own) != &key) continue;
      found.push_back(json_of(key, part.name));
      text += (text.empty() ? "" : "\n") + text_of(key, part.name);
    }
  }
  if (found.empty()) {
    return Error{ErrorKind::kUsage,
                 fmt::format("There is no key \"{}\".{} `candor config explain` explains all.",
                             name, did_you_mean(name, known))};
  }
  context.answer({{"keys", std::move(found)}}, text);
  return kExitOk;
}

Command child(std::string name, std::string summary, std::vector<Operand> operands,
              std::vector<Example> examples, Result<int> (*run)(Context&)) {
  Command command;
  command.name = std::move(name);
  command.summary = std::move(summary);
  command.operands = std::move(operands);
  command.examples = std::move(examples);
  command.exit_codes = {{kExitConfiguration, "the configuration is wrong"}};
  command.run = run;
  return command;
}

}  // namespace

Command config_command() {
  Command command;
  command.name = "config";
  command.summary = "read, change and explain the configuration";
  command.about =
      "The names that Stone's telemetry module gives its options work, too: "
      "mgr/telemetry/interval.";
  command.examples = {{"candor config set product stone", ""}, {"candor config ls --origin", ""}};
  auto ls = child("ls", "list every key with its value", {},
                  {{"candor config ls --origin", "and where each value comes from"}}, list);
  ls.options = {{"origin", "", "Say which file or variable sets each value."}};
  auto setter = child("set", "change one value in the configuration file",
                      {{"KEY VALUE", "the key, then its value", true, true}},
                      {{"candor config set interval 72", "a report every three days"},
                       {"candor config set mgr mgr/telemetry/interval 72",
                        "the same, as Stone's command line has it"},
                       {"candor config set endpoint https://telemetry.example.com", ""}},
                      set);
  setter.about = "Comments and everything else in the file stay as they are.";
  setter.rehearse = rehearse_config_set;
  setter.exit_codes.front().about = "the configuration is wrong, or the value is no URL";
  setter.exit_codes.push_back({kExitCannotCreate, "the file cannot be written"});
  auto unsetter =
      child("unset", "go back to the default of one key", {{"KEY", "the key", true, true}},
            {{"candor config unset proxy", ""}}, unset);
  unsetter.about = "Takes the key's line out of the configuration file; the rest stays as it is.";
  unsetter.rehearse = rehearse_config_unset;
  unsetter.exit_codes.push_back({kExitCannotCreate, "the file cannot be written"});
  command.children = {
      child("get", "print one value", {{"KEY", "the key", true, true}},
            {{"candor config get interval", ""},
             {"candor config get mgr mgr/telemetry/interval", ""}},
            get),
      std::move(setter),
      std::move(unsetter),
      std::move(ls),
      child("explain", "say what a key means",
            {{"KEY", "the key; without it, every key of agent and server", false, true}},
            {{"candor config explain interval", ""}}, explain),
      config_schema_command()};
  return command;
}

}  // namespace candor
