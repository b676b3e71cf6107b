#include "server/backup.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/server_file.h"

namespace candor {
namespace {

BackupProgress progress_of(Context& context) {
  return [&context](std::string_view what, std::size_t done, std::size_t all) {
    context.out.say(fmt::format("  {:<16} {} of {}", what, done, all));
  };
}

void tell(Context& context, const std::vector<BackedUpTable>& tables, std::string_view what) {
  Json document;
  document["tables"] = Json::array();
  std::string text;
  for (const auto& table : tables) {
    document["tables"].push_back(
        {{"name", table.name}, {"rows", table.rows}, {"bytes", table.bytes}});
    text += fmt::format("{:<16} {:>12} rows {:>14} bytes\n", table.name, table.rows, table.bytes);
  }
  context.answer(document, text);
  context.out.say(what);
}

Result<int> run_backup(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  const Path folder = context.arguments.value("DIR");
  CANDOR_ASSIGN(tables, take_backup(config, folder, progress_of(context)));
  tell(context, tables,
       fmt::format("The backup is in {}. Bring it back with: candor restore {}", folder.string(),
                   folder.string()));
  return kExitOk;
}

Result<int> restore_the_store(Context& context, const ServerConfig& config, const Path& folder) {
  // Nobody means to leave a store behind by leaving a word out.
  if (folder.empty() && !context.arguments.has("empty")) {
    return Error{ErrorKind::kUsage,
                 "candor restore --store needs the folder of a backup. Without one the new store "
                 "has only what the journal still holds; if that is meant: candor restore --store "
                 "--empty"};
  }
  CANDOR_ASSIGN(restored, restore_store(config, folder, progress_of(context)));
  if (restored.gap) {
    context.out.warn(
        "records that were loaded after the backup, or without one at any time, may be missing: "
        "the "
        "journal had let them go. Who sends them again is not told that they came before");
  }
  tell(context, restored.tables,
       fmt::format("The store is made anew; what the journal holds is loaded when the collector "
                   "starts: candor server --config {}\nThe old one is beside it in {} "
                   "(engine-aside-…). Remove it when figures are right again: it may still hold "
                   "what somebody had deleted.",
                   config.file.string(), config.data.string()));
  return kExitOk;
}

Result<int> run_restore(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  const Path folder = context.arguments.value("DIR");
  if (context.arguments.has("empty") && (!folder.empty() || !context.arguments.has("store"))) {
    return Error{ErrorKind::kUsage, "--empty goes with --store and without the folder of a backup"};
  }
  if (context.arguments.has("store")) return restore_the_store(context, config, folder);
  if (folder.empty()) {
    return Error{ErrorKind::kUsage,
                 "candor restore needs the folder of a backup. Without one, --store --empty makes "
                 "a store of what the journal still holds."};
  }
  CANDOR_ASSIGN(tables, restore_backup(config, folder, progress_of(context)));
  tell(context, tables,
       fmt::format("Restored into {}. Start it with: candor server --config {}",
                   config.data.string(), config.file.string()));
  return kExitOk;
}

}  // namespace

Command backup_command() {
  return {
      .name = "backup",
      .summary = "copy everything the collector has, while it runs",
      .about = "Reports go on being taken meanwhile; figures stand still until it is done.",
      .operands = {{"DIR", "a folder that is empty or not there yet"}},
      .options = {},
      .examples = {{"candor backup /var/backups/candor-1 --config /etc/candor/server.toml", ""}},
      .exit_codes = {{kExitUnavailable, "the collector's engine does not answer"},
                     {kExitCannotCreate, "the folder is not empty or cannot be written"},
                     {kExitTryAgain, "a block is half loaded"}},
      .children = {},
      .run = run_backup};
}

Command restore_command() {
  return {
      .name = "restore",
      .summary = "bring a backup back, or the store alone",
      .about =
          "Into an empty data folder; with --store, into one whose store is damaged or lost and "
          "that "
          "has its journal, keys and tombstones. Every file of the backup is checked against its "
          "SHA-256. Whoever asked to be forgotten is not brought back.",
      .operands = {{"DIR", "the backup; only --store --empty needs none", false}},
      .options = {{"store", "",
                   "only the store; what came after the backup is loaded from the journal"},
                  {"empty", "", "with --store: from no backup, only what the journal still holds"}},
      .examples = {{"candor restore /var/backups/candor-1 --config /etc/candor/server.toml", ""},
                   {"candor restore /var/backups/candor-1 --store --config /etc/candor/server.toml",
                    "the data folder is there, its store is damaged"}},
      .exit_codes = {{kExitBadData, "the backup is damaged, or of another journal"},
                     {kExitCannotCreate, "the data folder is not empty"},
                     {kExitTryAgain, "a collector uses the data folder"}},
      .children = {},
      .run = run_restore};
}

}  // namespace candor
