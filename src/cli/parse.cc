#include "cli/parse.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "base/nearest.h"

namespace candor {
namespace {

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &Option::name);
  return found == options.end() ? nullptr : &*found;
}

bool takes_value(std::string_view argument) {
  if (!argument.starts_with("--")) return false;
  const auto* option = find_option(global_options(), argument.substr(2));
  return option != nullptr && !option->value.empty();
}

// The first argument that is neither an option nor an option's value; the size when there is none.
std::size_t first_word(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") return arguments.size();
    if (takes_value(arguments[i])) {
      ++i;
    } else if (!arguments[i].starts_with('-') || arguments[i] == "-") {
      return i;
    }
  }
  return arguments.size();
}

template <typename Commands>
const Command* pick(const Commands& commands, const std::string& name,
                    std::vector<std::string>& known) {
  const Command* found = nullptr;
  for (const Command& command : commands) {
    known.push_back(command.name);
    if (command.name == name) found = &command;
  }
  return found;
}

Error unknown_command(std::string_view before, const std::string& name,
                      const std::vector<std::string>& known) {
  return Error{ErrorKind::kUsage,
               fmt::format("There is no command \"{}{}\".{} `candor {}--help` lists what there is.",
                           before, name, did_you_mean(name, known), before)};
}

Globals globals_of(const Arguments& arguments) {
  Globals globals;
  globals.help = arguments.has("help");
  globals.version = arguments.has("version");
  globals.json = arguments.has("json");
  globals.quiet = arguments.has("quiet");
  globals.verbose = arguments.has("verbose");
  globals.no_input = arguments.has("no-input");
  globals.dry_run = arguments.has("dry-run");
  globals.config = arguments.value("config");
  globals.color = arguments.value("color", "auto");
  return globals;
}

Status take_operands(const Command* command, std::vector<std::string> given, std::string_view name,
                     Arguments& arguments, bool help) {
  static const std::vector<Operand> kNone;
  const auto& operands = command == nullptr ? kNone : command->operands;
  std::size_t next = 0;
  for (const auto& operand : operands) {
    if (next == given.size() && operand.required && !help) {
      return Error{ErrorKind::kUsage, fmt::format("{} is missing: {}. See `{} --help`.",
                                                  operand.name, operand.about, name)};
    }
    while (next < given.size()) {
      arguments.add(operand.name, given[next++]);
      if (!operand.many) break;
    }
  }
  if (next == given.size()) return Ok{};
  return Error{ErrorKind::kUsage,
               fmt::format("\"{}\" is one argument too many. See `{} --help`.", given[next], name)};
}

}  // namespace

std::string Arguments::value(std::string_view name, std::string_view fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> kOptions = {
      {"help", "", "Print help with examples, and exit."},
      {"version", "", "Print the version, and exit."},
      {"json", "", "Print one JSON document with schema_version on standard output."},
      {"quiet", "", "Say nothing but warnings and errors."},
      {"verbose", "", "Say more."},
      {"config", "FILE", "Use this configuration file."},
      {"color", "WHEN", "Colours: auto, always or never."},
      {"no-input", "", "Never ask anything."},
      {"dry-run", "", "Say what would happen and do nothing; for commands that change something."},
  };
  return kOptions;
}

Result<Route> route(const std::vector<std::string>& arguments) {
  Route result;
  result.rest = arguments;
  auto at = first_word(result.rest);
  if (at == result.rest.size()) return result;
  std::vector<std::string> known;
  for (const auto& group : command_groups()) {
    const auto* found = pick(group.commands, result.rest[at], known);
    if (found != nullptr) result.command = found;
  }
  if (result.command == nullptr) return unknown_command("", result.rest[at], known);
  result.names.push_back(result.rest[at]);
  result.rest.erase(result.rest.begin() + static_cast<std::ptrdiff_t>(at));
  if (result.command->children.empty()) return result;
  at = first_word(result.rest);
  if (at == result.rest.size()) return result;
  known.clear();
  const auto* child = pick(result.command->children, result.rest[at], known);
  if (child == nullptr) return unknown_command(result.names[0] + " ", result.rest[at], known);
  result.command = child;
  result.names.push_back(child->name);
  result.rest.erase(result.rest.begin() + static_cast<std::ptrdiff_t>(at));
  return result;
}

Result<ParsedLine> parse_line(const Command* command, const std::vector<std::string>& names,
                              const std::vector<std::string>& rest) {
  const auto name = fmt::format("candor{}{}", names.empty() ? "" : " ", fmt::join(names, " "));
  std::vector<Option> options = global_options();
  if (command != nullptr)
    options.insert(options.end(), command->options.begin(), command->options.end());
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::deque<std::pair<bool, std::vector<std::string>>> slots;  // addresses stay
  for (const auto& option : options) {
    auto& slot = slots.emplace_back();
    const auto flags = option.name == "help" ? std::string("-h,--help") : "--" + option.name;
    if (option.value.empty()) {
      app.add_flag(flags, slot.first);
    } else {
      app.add_option(flags, slot.second)
          ->expected(1)
          ->allow_extra_args(false)  // of a list it would take the operands behind it, too
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
  }
  std::vector<std::string> operands;
  app.add_option("operands", operands);
  // CLI11 knows "--" too, but not within a list of operands.
  const auto dashes = std::ranges::find(rest, "--");
  std::vector<std::string> reversed(std::make_reverse_iterator(dashes), rest.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return Error{ErrorKind::kUsage, fmt::format("{}. See `{} --help`.", error.what(), name)};
  }
  for (const auto& extra : app.remaining()) {
    if (!extra.starts_with('-')) continue;
    std::vector<std::string> known;
    for (const auto& option : options) known.push_back("--" + option.name);
    return Error{ErrorKind::kUsage, fmt::format("There is no option {}.{} See `{} --help`.", extra,
                                                did_you_mean(extra, known), name)};
  }
  if (dashes != rest.end()) operands.insert(operands.end(), dashes + 1, rest.end());
  ParsedLine line;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (slots[i].first) line.arguments.add(options[i].name, "");
    if (slots[i].second.size() > 1 && !options[i].many) {
      return Error{ErrorKind::kUsage, fmt::format("--{} is given twice.", options[i].name)};
    }
    for (auto& value : slots[i].second) line.arguments.add(options[i].name, std::move(value));
  }
  line.globals = globals_of(line.arguments);
  for (const std::string_view known : {"auto", "always", "never"}) {
    if (line.globals.color == known) {
      CANDOR_TRY(
          take_operands(command, std::move(operands), name, line.arguments, line.globals.help));
      return line;
    }
  }
  return Error{ErrorKind::kUsage,
               fmt::format("--color is auto, always or never, not \"{}\".", line.globals.color)};
}

}  // namespace candor
