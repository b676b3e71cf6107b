#include "cli/man.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cstdint>

#include "base/build_version.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "config/key.h"

namespace candor {
namespace {

// The code point that begins at `at`, which is moved behind it; pages are ours, so it is valid
// UTF-8.
std::uint32_t code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  std::uint32_t point = first < 0x80   ? first
                        : first < 0xE0 ? first & 0x1F
                        : first < 0xF0 ? first & 0x0F
                                       : first & 0x07;
  for (; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; ++at)
    point = point << 6 | (static_cast<unsigned char>(text[at]) & 0x3F);
  return point;
}

// Text as roff prints it: nothing in it is a request or an escape, and all of it is ASCII.
std::string roff(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = code_point(text, at);
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    line_begins = c == '\n';
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";  // so that options can be copied
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      default:
        result += c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\[u{:04X}]", c);
    }
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

std::string paragraph(std::string_view text) { return fmt::format(".PP\n{}\n", roff(text)); }

std::string sentence(std::string_view half) {
  std::string text(half);
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.ends_with('.') ? text : text + ".";
}

std::string operands_text(const Command& command) {
  std::string text;
  for (const auto& operand : command.operands) text += item(operand.name, sentence(operand.about));
  return text;
}

std::string exit_text(const Command& command) {
  std::string text;
  for (const auto& note : command.exit_codes)
    text += item(fmt::to_string(note.code), sentence(note.about));
  return text;
}

std::string examples_text(const Command& command) {
  std::string text;
  for (const auto& example : command.examples) {
    if (!example.about.empty()) text += paragraph(sentence(example.about));
    text += verbatim(example.line);
  }
  return text;
}

// What a command that belongs to another one takes, within that one's page.
std::string command_text(const Command& command, const std::vector<std::string>& names) {
  std::string text;
  if (!command.about.empty()) text += paragraph(command.about);
  text += operands_text(command) + options_text(command.options) + examples_text(command);
  for (const auto& note : command.exit_codes)
    text += item(fmt::format("exit {}", note.code), sentence(note.about));
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
              section("DESCRIPTION") +
              paragraph(command.about.empty() ? sentence(command.summary) : command.about) +
              operands_text(command);
  for (const auto& child : command.children) {
    const std::vector<std::string> names = {command.name, child.name};
    page.text += fmt::format(".SS {}\n", double_quoted(usage_line(child, names))) +
                 paragraph(sentence(child.summary)) + command_text(child, names);
  }
  page.text += section("OPTIONS") + options_text(command.options) +
               paragraph("Besides, the options of every command; candor(1) lists them.") +
               section("EXIT STATUS") + item("0", "Done.") + exit_text(command) +
               paragraph("All of them: candor(1).");
  if (!command.examples.empty()) page.text += section("EXAMPLES") + examples_text(command);
  page.text += section("SEE ALSO") + ".BR candor (1),\n.BR candor.toml (5)\n";
  return page;
}

std::string files_text() {
  return item("/etc/candor/candor.toml",
              "The agent's configuration when root runs it; of anybody else it is "
              "$XDG_CONFIG_HOME/candor/candor.toml.") +
         item("/var/lib/candor",
              "Identity, consent, outbox and audit trail when root runs it; of anybody else "
              "$XDG_STATE_HOME/candor.") +
         item("/etc/candor/policy.toml",
              "What an organisation or a distribution allows: telemetry = off, local or on.") +
         item("/etc/candor/server.toml", "The collector's configuration.");
}

std::string environment_text() {
  auto text =
      item("DO_NOT_TRACK", "Anything but empty, 0 and false: telemetry is off.") +
      item("CANDOR_TELEMETRY",
           "off or local: so it is, whatever was agreed to. on: what was agreed to counts.") +
      item("CANDOR_POLICY", "One more policy file; the strictest counts.") +
      item("CANDOR_DIR", "One folder for configuration and state.") +
      item("CI, GITHUB_ACTIONS, ...", "Nobody is asked; what is sent is marked as automation.") +
      item("HTTPS_PROXY, NO_PROXY", "The way to the collector, where proxy is not set.") +
      item("NO_COLOR, TERM=dumb", "No colours.");
  for (const auto& key : agent_keys()) {
    if (!key.variable.empty())
      text += item(key.variable, fmt::format("Counts before the key {}.", key.name));
  }
  return text;
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
  page.text += section("FILES") + files_text() + section("ENVIRONMENT") + environment_text() +
               section("SEE ALSO") + ".BR candor.toml (5)\n";
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

// A heading begins a paragraph itself; groff warns of one more.
std::string tidy(std::string text) {
  for (const std::string_view heading : {"\n.SH ", "\n.SS "}) {
    for (auto at = text.find(heading); at != std::string::npos; at = text.find(heading, at + 1)) {
      const auto end = text.find('\n', at + 1);
      while (text.compare(end, 5, "\n.PP\n") == 0) text.erase(end, 4);
    }
  }
  return text;
}

}  // namespace

std::vector<ManPage> man_pages() {
  std::vector<ManPage> pages = {program_page()};
  for (const auto& group : command_groups()) {
    for (const auto& command : group.commands) pages.push_back(page_of(command));
  }
  pages.push_back(configuration_page());
  for (auto& page : pages) page.text = tidy(std::move(page.text));
  return pages;
}

}  // namespace candor
