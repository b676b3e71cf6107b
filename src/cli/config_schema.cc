#include "cli/config_schema.h"

#include <fmt/format.h>

#include "base/nearest.h"
#include "config/schema.h"

namespace candor {
namespace {

// The channels of the configured product; none when there is no contract at hand.
std::vector<std::string> channels_of(const Context& context) {
  std::vector<std::string> names;
  const auto agent = context.open_agent();
  if (!agent.ok()) return names;
  for (const auto& channel : agent->contract().channels) names.push_back(channel.name);
  return names;
}

Result<int> run(Context& context) {
  const auto part = context.arguments.value("PART", "agent");
  if (part != "agent" && part != "server") {
    return Error{ErrorKind::kUsage,
                 fmt::format("There is no configuration \"{}\".{} There are agent and server.",
                             part, did_you_mean(part, {"agent", "server"}))};
  }
  const auto keys = part == "agent" ? agent_keys() : server_keys();
  const auto format = context.arguments.value("format", "json");
  if (format == "json") {
    context.out.print(to_pretty(json_schema(
        keys, part == "agent" ? "Candor agent: candor.toml" : "Candor collector: server.toml")));
    return kExitOk;
  }
  if (format != "dhall") {
    return Error{ErrorKind::kUsage, fmt::format("--format is json or dhall, not \"{}\".", format)};
  }
  const auto channels = part == "agent" ? channels_of(context) : std::vector<std::string>();
  const auto text = dhall_schema(keys, channels);
  if (context.globals.json) {
    context.answer({{"format", format}, {"text", text}}, "");
  } else {
    context.out.print(text);
  }
  if (part == "agent" && channels.empty())
    context.out.say("Choose a product first to have its channels in the type.");
  return kExitOk;
}

}  // namespace

Command config_schema_command() {
  return {
      .name = "schema",
      .summary = "print the type of the configuration, for editors and generators",
      .about =
          "JSON Schema (draft 2020-12), or a Dhall record of Type and default with the channels "
          "of the configured product.",
      .operands = {{"PART", "agent or server; agent by default", false}},
      .options = {{"format", "NAME", "json or dhall; json by default."}},
      .examples = {{"candor config schema > candor.schema.json", ""},
                   {"candor config schema server --format dhall", ""}},
      .exit_codes = {},
      .children = {},
      .run = run};
}

}  // namespace candor
