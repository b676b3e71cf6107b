#include <fmt/format.h>

#include "base/counted.h"
#include "base/process.h"
#include "cli/collector_client.h"
#include "cli/commands.h"
#include "cli/server_file.h"
#include "contract/find.h"
#include "server/crashes/symbol_store.h"
#include "server/setup.h"
#include "symbols/limits.h"

namespace candor {
namespace {

constexpr std::string_view kHelper = "candor-symbols";

Result<Path> symbols_folder(const Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  std::error_code ignored;
  if (std::filesystem::is_directory(config.data, ignored)) return DataFolder(config.data).symbols();
  return Error{ErrorKind::kConfiguration,
               fmt::format("There is no collector's data in {}: start the collector of {} once, or "
                           "name another configuration with --config.",
                           config.data.string(), config.file.string())};
}

// What parses the file is a program of its own.
Result<std::string> table_of(const std::string& file) {
  const auto helper = find_helper(kHelper, this_executable());
  auto ran = run_process({.argv = {helper, file},
                          .timeout = kMaxSymbolTime,
                          .max_output_bytes = kMaxSymbolTableBytes});
  if (!ran.ok() && ran.error().kind == ErrorKind::kUnavailable) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("{} cannot be started. It is installed with candor: install that "
                             "again.",
                             helper)};
  }
  if (!ran.ok()) return std::move(ran).error().in(file);
  if (ran->exit_status == 0) return std::move(ran->out);
  while (ran->err.ends_with('\n')) ran->err.pop_back();
  if (ran->exit_status == 1 && !ran->err.empty()) return Error{ErrorKind::kBadData, ran->err};
  return Error{ErrorKind::kBadData,
               fmt::format("{} cannot be read: {} ended with {}. Is the file damaged?", file,
                           kHelper, ran->exit_status)};
}

Json document_of(const SymbolStore::Kept& kept) {
  return {{"build_id", kept.build_id},
          {"module", kept.module},
          {"functions", kept.functions},
          {"lines", kept.lines},
          {"bytes", kept.bytes}};
}

Result<int> run_add(Context& context) {
  CANDOR_ASSIGN(folder, symbols_folder(context));
  const SymbolStore store(folder);
  Json added = Json::array();
  for (const auto& file : context.arguments.values("FILE")) {
    CANDOR_ASSIGN(table, table_of(file));
    CANDOR_ASSIGN(kept, store.add(std::move(table)));
    context.out.say(fmt::format("{}: {}, {} of source. Build-id {}.", printable(kept.module),
                                counted(kept.functions, "function"), counted(kept.lines, "line"),
                                kept.build_id));
    if (kept.lines == 0) {
      context.out.say(
          "It has no DWARF, so crashes have functions and no lines. Build with -g to "
          "have both.");
    }
    added.push_back(document_of(kept));
  }
  if (context.globals.json) context.answer({{"added", added}}, "");
  return kExitOk;
}

Result<int> run_list(Context& context) {
  CANDOR_ASSIGN(folder, symbols_folder(context));
  const SymbolStore store(folder);
  CANDOR_ASSIGN(all, store.list());
  Json rows = Json::array();
  auto text = fmt::format("{:<40}  {:>9}  {:>9}  {}\n", "BUILD-ID", "FUNCTIONS", "LINES", "FILE");
  for (const auto& kept : all) {
    rows.push_back(document_of(kept));
    text += kept.module.empty() ? fmt::format("{:<40}  damaged: add it again\n", kept.build_id)
                                : fmt::format("{:<40}  {:>9}  {:>9}  {}\n", kept.build_id,
                                              kept.functions, kept.lines, printable(kept.module));
  }
  context.answer({{"symbols", rows}}, all.empty() ? "" : text);
  if (all.empty())
    context.out.say("There are no symbols. `candor symbols add FILE` adds those of a build.");
  return kExitOk;
}

Result<int> run_remove(Context& context) {
  CANDOR_ASSIGN(folder, symbols_folder(context));
  const SymbolStore store(folder);
  const auto build_id = context.arguments.value("BUILD_ID");
  CANDOR_TRY(store.remove(build_id));
  if (context.globals.json) context.answer({{"removed", build_id}}, "");
  context.out.say(fmt::format("The symbols of {} are gone.", build_id));
  return kExitOk;
}

}  // namespace

Command symbols_command() {
  Command adder{.name = "add",
                .summary = "let crashes of a build name their functions",
                .about =
                    "Takes what the build left before `strip`, or what was split from it, of "
                    "each program and library. Crashes that are there already have names at "
                    "once.",
                .operands = {{"FILE", "an ELF file with a symbol table or DWARF", true, true}},
                .options = {},
                .examples = {{"candor symbols add build/acme build/libacme.so.1", ""},
                             {"candor symbols add acme.debug", "of `objcopy --only-keep-debug`"}},
                .exit_codes = {{kExitConfiguration, "there is no collector's data folder"}},
                .children = {},
                .run = run_add};
  Command lister{.name = "list",
                 .summary = "list the builds of which there are symbols",
                 .about = "",
                 .operands = {},
                 .options = {},
                 .examples = {{"candor symbols list", ""}},
                 .exit_codes = {},
                 .children = {},
                 .run = run_list};
  Command remover{
      .name = "remove",
      .summary = "forget the symbols of a build",
      .about = "",
      .operands = {{"BUILD_ID", "as `candor symbols list` shows it"}},
      .options = {},
      .examples = {{"candor symbols remove 5d6c1f6f6a8a4a0b8c9d0e1f2a3b4c5d6e7f8091", ""}},
      .exit_codes = {},
      .children = {},
      .run = run_remove};
  return {.name = "symbols",
          .summary = "functions and lines for the crashes of your builds",
          .about =
              "On the collector's machine, into its data folder; a collector that runs has "
              "them at once.",
          .operands = {},
          .options = {},
          .examples = {{"candor symbols add build/acme", ""}},
          .exit_codes = {},
          .children = {std::move(adder), std::move(lister), std::move(remover)},
          .run = {}};
}

}  // namespace candor
