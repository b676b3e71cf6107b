#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/man.h"
#include "config/key.h"

namespace candor {
namespace {

std::string exit_codes() {
  std::string text = "| code | meaning |\n|---|---|\n";
  for (const auto& [code, about] : exit_code_meanings())
    text += fmt::format("| {} | {} |\n", code, about);
  return text;
}

std::string command_section(const Command& command, std::vector<std::string> names,
                            std::string_view heading) {
  names.push_back(command.name);
  std::string title = "candor";
  for (const auto& name : names) title += " " + name;
  auto text = fmt::format("\n{} {}\n\n```\n{}```\n", heading, title, command_help(command, names));
  for (const auto& child : command.children) text += command_section(child, names, "####");
  return text;
}

std::string command_page() {
  std::string page =
      "# The command line\n\n"
      "Made by `candor docs cli` from the values that `--help` prints; `make test` compares the "
      "two.\n"
      "Standard output is data, standard error is talk. With `--json`, standard output is exactly "
      "one\n"
      "JSON document with `schema_version`. Times are RFC 3339 in UTC, sizes are bytes.\n\n"
      "## Exit codes\n\n";
  page += exit_codes();
  page +=
      "\nA program that a signal ended gives 128 plus the signal's number.\n\n## Overview\n\n```\n";
  page += program_help() + "```\n";
  for (const auto& group : command_groups()) {
    page += fmt::format("\n## {}\n", group.title);
    for (const auto& command : group.commands) page += command_section(command, {}, "###");
  }
  return page;
}

std::string key_sections(std::span<const Key> keys) {
  std::string text;
  for (const auto& key : keys) {
    text += fmt::format("\n### {}\n\n{}\n\n* Takes: {}", key.name, key.about, describe(key.type));
    if (key.type == KeyType::kInteger) text += fmt::format(" from {} to {}", key.min, key.max);
    text += fmt::format("\n* Default: {}\n",
                        key.fallback.empty() ? "none" : fmt::format("`{}`", key.fallback));
    if (!key.variable.empty()) {
      text += fmt::format("* Environment variable, which wins: `{}`\n", key.variable);
    }
    text += fmt::format("\n```toml\n{}\n```\n", key.example);
  }
  return text;
}

std::string configuration_page() {
  std::string page =
      "# Configuration\n\n"
      "Made by `candor docs configuration` from the tables that read the files; `make test` "
      "compares\n"
      "the two. Both files are TOML. A key that is not on this page is an error that names file, "
      "line,\n"
      "column and the nearest key, and nothing starts. Relative paths are relative to the file.\n\n"
      "## The agent: candor.toml\n\n"
      "Later wins: the default, `candor.toml`, `candor.d/*.toml` in the order of their names, the\n"
      "environment. `candor config ls --origin` says where each value comes from.\n";
  page += key_sections(agent_keys());
  page +=
      "\n## The collector: server.toml\n\n"
      "Keys that begin with `product.` stand in a `[[product]]` table, one for each product; those "
      "with\n"
      "`ops.scrape.` in `[[ops.scrape]]`, one for each installation that is scraped.\n";
  return page + key_sections(server_keys());
}

struct Page {
  std::string_view name;
  std::string (*text)();
};

constexpr Page kPages[] = {{"cli", command_page}, {"configuration", configuration_page}};

Result<int> write_manual(Context& context, const Path& folder) {
  CANDOR_TRY(make_folder(folder));
  const auto pages = man_pages();
  for (const auto& page : pages) CANDOR_TRY(write_file(folder / page.file(), page.text, 0644));
  context.out.say(fmt::format("{} pages are in {}.", pages.size(), folder.string()));
  if (context.globals.json)
    context.answer({{"pages", pages.size()}, {"folder", folder.string()}}, "");
  return kExitOk;
}

Result<int> manual(Context& context) {
  if (context.arguments.has("folder"))
    return write_manual(context, context.arguments.value("folder"));
  const auto wanted = context.arguments.value("NAME", "candor");
  std::vector<std::string> known;
  for (const auto& page : man_pages()) {
    known.push_back(page.name);
    if (page.name != wanted && page.name != "candor-" + wanted) continue;
    context.answer({{"page", page.name}, {"roff", page.text}}, page.text);
    return kExitOk;
  }
  return Error{ErrorKind::kUsage, fmt::format("There is no manual page \"{}\".{}", wanted,
                                              did_you_mean(wanted, known))};
}

Result<int> run(Context& context) {
  const auto wanted = context.arguments.value("PAGE");
  if (wanted == "man") return manual(context);
  std::vector<std::string> known = {"man"};
  for (const auto& page : kPages) {
    known.emplace_back(page.name);
    if (page.name != wanted) continue;
    const auto text = page.text();
    context.answer({{"page", wanted}, {"markdown", text}}, text);
    return kExitOk;
  }
  return Error{ErrorKind::kUsage,
               fmt::format("There is no page \"{}\".{} There are cli, configuration and man.",
                           wanted, did_you_mean(wanted, known))};
}

}  // namespace

Command docs_command() {
  return {.name = "docs",
          .summary = "print a reference page as Markdown, or a manual page",
          .about = "The pages docs/cli.md and docs/configuration.md are this command's output.",
          .operands = {{"PAGE", "cli, configuration or man"},
                       {"NAME", "of man: which page; candor by default", false}},
          .options = {{"folder", "DIR", "Of man: write every page into this folder."}},
          .examples = {{"candor docs configuration", "every key of agent and collector"},
                       {"candor docs man candor.toml | man -l -", ""}},
          .exit_codes = {},
          .children = {},
          .run = run};
}

}  // namespace candor
