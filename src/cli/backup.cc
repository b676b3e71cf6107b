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

Result<int> run_restore(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  CANDOR_ASSIGN(tables,
                restore_backup(config, context.arguments.value("DIR"), progress_of(context)));
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
      .summary = "bring a backup back into an empty data folder",
      .about = "Every file of the backup is checked against its SHA-256.",
      .operands = {{"DIR", "the backup"}},
      .options = {},
      .examples = {{"candor restore /var/backups/candor-1 --config /etc/candor/server.toml", ""}},
      .exit_codes = {{kExitBadData, "the backup is damaged"},
                     {kExitCannotCreate, "the data folder is not empty"}},
      .children = {},
      .run = run_restore};
}

}  // namespace candor
