#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/parse.h"

namespace candor {
namespace {

constexpr std::size_t kWidth = 96;

// Words of `text` in lines of at most kWidth, each after the first with `indent` spaces.
std::string wrap(std::string_view text, std::size_t first, std::size_t indent) {
  std::string result;
  std::size_t column = first;
  bool begun = false;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (begun && column + 1 + word.size() > kWidth) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (begun) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
    begun = true;
  }
  return result;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string table(const Rows& rows) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string text;
  for (const auto& [left, right] : rows) {
    text += fmt::format("  {:<{}}  {}\n", left, width, wrap(right, width + 4, width + 4));
  }
  return text;
}

std::string flag_of(const Option& option) {
  const auto dashes = option.name == "help" ? std::string("-h, --help") : "--" + option.name;
  return option.value.empty() ? dashes : fmt::format("{} {}", dashes, option.value);
}

Rows rows_of(const std::vector<Option>& options) {
  Rows rows;
  for (const auto& option : options) {
    if (!option.about.empty()) rows.emplace_back(flag_of(option), option.about);
  }
  return rows;
}

std::string usage_of(const Command& command, const std::string& name) {
  std::string text = name;
  if (!command.run) return text + " COMMAND";
  for (const auto& option : command.options) {
    if (option.about.empty()) continue;
    text += fmt::format(" [--{}{}{}]{}", option.name, option.value.empty() ? "" : " ", option.value,
                        option.many ? "…" : "");
  }
  for (const auto& operand : command.operands) {
    // "KEY VALUE" says itself how many there are.
    const bool more = operand.many && operand.name.find(' ') == std::string::npos;
    const auto shown = operand.name + (more ? "…" : "");
    text += operand.required ? " " + shown : fmt::format(" [{}]", shown);
  }
  if (!command.children.empty()) text += fmt::format("\n       {} COMMAND", name);
  return text;
}

Rows exit_rows(const Command& command) {
  Rows rows = {{"0", "done"}};
  bool failed = false;
  for (const auto& note : command.exit_codes) {
    failed = failed || note.code == kExitFailed;
    rows.emplace_back(fmt::to_string(note.code), note.about);
  }
  if (!failed) rows.emplace_back("1", "anything else");
  rows.emplace_back("2", "wrong arguments");
  const auto number = [](const auto& row) { return std::stoi(row.first); };
  std::ranges::stable_sort(rows, {}, number);
  return rows;
}

}  // namespace

std::string program_help() {
  std::string text =
      "candor: telemetry that both sides can see through.\n\n"
      "Usage: candor COMMAND [OPTION]…\n";
  for (const auto& group : command_groups()) {
    Rows rows;
    for (const auto& command : group.commands) rows.emplace_back(command.name, command.summary);
    if (!rows.empty()) text += fmt::format("\n{}\n{}", group.title, table(rows));
  }
  text += fmt::format("\nOptions of every command\n{}", table(rows_of(global_options())));
  text +=
      "\nExamples\n"
      "  candor config set product stone\n"
      "  candor preview                       what a report would hold, before any consent\n"
      "  candor on --license sharing-1-0\n"
      "  candor show                          exactly what is sent next\n"
      "\nStandard output is data, standard error is talk. `candor COMMAND --help` tells more.\n";
  return text;
}

std::string usage_line(const Command& command, const std::vector<std::string>& names) {
  return usage_of(command, fmt::format("candor {}", fmt::join(names, " ")));
}

std::string command_help(const Command& command, const std::vector<std::string>& names) {
  const auto name = fmt::format("candor {}", fmt::join(names, " "));
  std::string text =
      fmt::format("{}: {}\n\nUsage: {}\n", name, command.summary, usage_of(command, name));
  if (!command.about.empty()) text += fmt::format("\n{}\n", wrap(command.about, 0, 0));
  Rows rows;
  for (const auto& child : command.children) rows.emplace_back(child.name, child.summary);
  if (!rows.empty()) text += "\nCommands\n" + table(rows);
  rows.clear();
  for (const auto& operand : command.operands) rows.emplace_back(operand.name, operand.about);
  if (!rows.empty()) text += "\nArguments\n" + table(rows);
  if (!command.options.empty()) text += "\nOptions\n" + table(rows_of(command.options));
  if (!command.examples.empty()) {
    text += "\nExamples\n";
    for (const auto& example : command.examples) {
      text += fmt::format("  {}\n", example.line);
      if (!example.about.empty()) text += fmt::format("      {}\n", wrap(example.about, 6, 6));
    }
  }
  if (command.run) text += "\nExit codes\n" + table(exit_rows(command));
  return text + "\nOptions of every command: see `candor --help`.\n";
}

}  // namespace candor
