#include "cli/man.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/build_version.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "config/key.h"

namespace candor {
namespace {

// Text as roff prints it: nothing in it is a request or an escape.
std::string roff(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";  // so that options can be copied
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (c == '`') {
      result += "\\(ga";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '~') {
      result += "\\(ti";
    } else {
      result += c;
    }
    line_begins = c == '\n';
  }
  return result;
}

std::string double_quoted(std::string_view text) {
  std::string result;
  for (const char c : roff(text)) result += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return '"' + result + '"';
}

std::string head(const ManPage& page) {
  return fmt::format(".TH {} {} \"\" {} {}\n", double_quoted(page.name), page.section,
                     double_quoted(fmt::format("candor {}", build_package())),
                     double_quoted("Candor"));
}

std::string section(std::string_view title) {
  return fmt::format(".SH {}\n", double_quoted(title));
}

// A term and what is said about it.
std::string item(std::string_view term, std::string_view about) {
  return fmt::format(".TP\n.B {}\n{}\n", double_quoted(term), roff(about));
}

std::string verbatim(std::string_view text) {
  return fmt::format(".PP\n.nf\n{}\n.fi\n", roff(text));
}

std::string options_text(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) {
    if (option.about.empty()) continue;
    const auto flag = option.name == "help" ? std::string("-h, --help") : "--" + option.name;
    text +=
        item(option.value.empty() ? flag : fmt::format("{} {}", flag, option.value), option.about);
  }
  return text;
}

// What one command takes, in a page of its own or of the command it belongs to.
std::string command_text(const Command& command, const std::vector<std::string>& names) {
  std::string text;
  if (!command.about.empty()) text += fmt::format("{}\n", roff(command.about));
  for (const auto& operand : command.operands) text += item(operand.name, operand.about);
  text += options_text(command.options);
  for (const auto& example : command.examples) {
    text += verbatim(example.line);
    if (!example.about.empty()) text += fmt::format(".PP\n{}\n", roff(example.about));
  }
  for (const auto& note : command.exit_codes)
    text += item(fmt::format("exit {}", note.code), note.about);
  for (const auto& child : command.children) {
    auto below = names;
    below.push_back(child.name);
    text +=
        fmt::format(".SS {}\n{}.\n", double_quoted(usage_line(child, below)), roff(child.summary));
    text += command_text(child, below);
  }
  return text;
}

ManPage page_of(const Command& command) {
  ManPage page{"candor-" + command.name, "1", ""};
  page.text = head(page) + section("NAME") +
              fmt::format("{} \\- {}\n", roff(page.name), roff(command.summary)) +
              section("SYNOPSIS") + verbatim(usage_line(command, {command.name})) +
              section("DESCRIPTION") + command_text(command, {command.name}) + section("SEE ALSO") +
              "Options of every command and all exit codes: \n.BR candor (1).\n";
  return page;
}

ManPage program_page() {
  ManPage page{"candor", "1", ""};
  page.text =
      head(page) + section("NAME") + "candor \\- telemetry that both sides can see through\n" +
      section("SYNOPSIS") + verbatim("candor COMMAND [OPTION]…") + section("DESCRIPTION") +
      "Standard output is data, standard error is talk. Each command has a page of its own.\n";
  for (const auto& group : command_groups()) {
    page.text += fmt::format(".SS {}\n", double_quoted(group.title));
    for (const auto& command : group.commands)
      page.text += item("candor-" + command.name + "(1)", command.summary);
  }
  page.text += section("OPTIONS") + options_text(global_options()) + section("EXIT STATUS");
  for (const auto& [code, about] : exit_code_meanings()) page.text += item(code, about);
  page.text += section("SEE ALSO") + ".BR candor.toml (5)\n";
  return page;
}

ManPage configuration_page() {
  ManPage page{"candor.toml", "5", ""};
  page.text =
      head(page) + section("NAME") + "candor.toml \\- configuration of the Candor agent\n" +
      section("DESCRIPTION") +
      "Later wins: the default, candor.toml, candor.d/*.toml in the order of their names, the "
      "environment. An unknown key is an error. Relative paths are relative to the file.\n" +
      section("KEYS");
  for (const auto& key : agent_keys()) {
    auto about = fmt::format("{} Takes: {}", key.about, describe(key.type));
    if (key.type == KeyType::kInteger) about += fmt::format(" from {} to {}", key.min, key.max);
    about += fmt::format(". Default: {}.", key.fallback.empty() ? "none" : key.fallback);
    if (!key.variable.empty()) about += fmt::format(" Environment variable: {}.", key.variable);
    page.text += item(key.name, about) + verbatim(key.example);
  }
  page.text += section("SEE ALSO") + ".BR candor (1),\n.BR candor\\-config (1)\n";
  return page;
}

}  // namespace

std::vector<ManPage> man_pages() {
  std::vector<ManPage> pages = {program_page()};
  for (const auto& group : command_groups()) {
    for (const auto& command : group.commands) pages.push_back(page_of(command));
  }
  pages.push_back(configuration_page());
  return pages;
}

}  // namespace candor
