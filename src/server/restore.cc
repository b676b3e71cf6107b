#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "server/admit/hash_here.h"
#include "server/backup.h"
#include "server/backup_files.h"
#include "server/engine/supervisor.h"
#include "server/limits.h"
#include "server/load/checkpoint.h"
#include "server/load/erase.h"
#include "server/load/schema.h"
#include "server/record/tombstones.h"
#include "server/setup.h"

namespace candor {
namespace {

// Tombstones may be there already: those that are newer than the backup.
Status check_holds_only_tombstones(const DataFolder& data) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(data.root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path() != data.forgotten()) return not_empty(data.root);
  }
  return make_folder(data.root);
}

Result<Json> read_manifest(const Path& folder) {
  auto text = read_file(folder / kBackupManifest);
  auto manifest = text.ok() ? parse_json(*text) : Result<Json>(text.error());
  if (!manifest.ok() || integer_member(*manifest, "version") != kBackupVersion ||
      find_member(*manifest, "chunks") == nullptr || find_member(*manifest, "files") == nullptr) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("{} is no backup of this version of Candor, or one that was not finished.",
                    folder.string())};
  }
  return manifest;
}

// Before anything is restored, so that a damaged backup leaves nothing half done.
Status check_files(const Path& folder, const Json& manifest) {
  for (const auto& [name, sum] : find_member(manifest, "files")->items()) {
    const auto bytes = read_file(folder / name, kBackupMaxChunkBytes);
    if (bytes.ok() && sum.is_string() && sha256_hex(*bytes) == sum.get_ref<const std::string&>())
      continue;
    const auto why = bytes.ok() ? std::string("its SHA-256 is another one") : bytes.error().message;
    return Error{
        ErrorKind::kBadData,
        fmt::format(
            "{} of the backup is damaged: {}. Nothing was restored. Use another backup than {}.",
            name, why, folder.string())};
  }
  return Ok{};
}

Status restore_tables(EngineClient& engine, const Path& folder, const Json& manifest,
                      const BackupProgress& progress) {
  const auto& chunks = *find_member(manifest, "chunks");
  std::size_t done = 0;
  for (const auto& chunk : chunks) {
    const auto file = Path(string_member(chunk, "file")).filename();
    const auto table = string_member(chunk, "table");
    CANDOR_ASSIGN(bytes, read_file(folder / "tables" / file, kBackupMaxChunkBytes));
    const auto into = fmt::format("candor.{}", sql_name(table));
    CANDOR_TRY(engine.insert(
        {.into = into, .format = kBackupFormat, .rows = bytes, .token = file.string()}));
    progress(table, ++done, chunks.size());
  }
  return Ok{};
}

Status restore_installations(EngineClient& engine) {
  // The view saw only the newest report of each day; an installation may have begun with an earlier
  // one.
  return engine.execute(
      "INSERT INTO candor.installations SELECT product, simulated, installation, "
      "minState(version), maxState(version) "
      "FROM candor.reports GROUP BY product, simulated, installation");
}

// The rows of each table are at least there; duplicates that the backup still had may have merged.
Result<std::vector<BackedUpTable>> check_tables(EngineClient& engine, const Json& manifest) {
  std::vector<BackedUpTable> tables;
  const Json* listed = find_member(manifest, "tables");
  if (listed == nullptr) return tables;
  for (const auto& one : *listed) {
    BackedUpTable table{string_member(one, "name"),
                        static_cast<std::uint64_t>(integer_member(one, "rows")),
                        static_cast<std::uint64_t>(integer_member(one, "bytes"))};
    CANDOR_ASSIGN(rows,
                  engine.query(fmt::format("SELECT count() FROM candor.{}", sql_name(table.name))));
    if (table.rows > 0 && rows.count(0, 0) == 0) {
      return Error{ErrorKind::kBadData,
                   fmt::format("table {} is empty after the restore, but had {} rows.", table.name,
                               table.rows)};
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

// An engine of somebody else's may have rows of before: they would be there twice.
Status check_empty_tables(EngineClient& engine) {
  for (const auto table : tables_with_rows_in_backups()) {
    CANDOR_ASSIGN(rows, engine.query(fmt::format("SELECT count() FROM candor.{}", table)));
    if (rows.count(0, 0) == 0) continue;
    return Error{ErrorKind::kCannotCreate,
                 fmt::format("table {} has rows already. Drop the database candor there and begin "
                             "again.",
                             table)};
  }
  return Ok{};
}

using BackedUpTables = std::vector<BackedUpTable>;

// Makes the tables of the configuration's engine, which has none, and fills them from a backup;
// from none when `folder` is empty.
Result<BackedUpTables> fill_store(const ServerConfig& config, const Path& folder,
                                  const Json& manifest, const BackupProgress& progress) {
  const DataFolder data(config.data);
  CANDOR_ASSIGN(address, engine_address(config, data));
  std::unique_ptr<EngineSupervisor> supervisor;
  if (is_embedded(config)) {
    SupervisorOptions options;
    options.data = data.engine();
    options.socket = data.engine_socket();
    CANDOR_ASSIGN(started, EngineSupervisor::start(std::move(options)));
    supervisor = std::move(started);
    CANDOR_TRY(supervisor->wait_ready(kEngineStartTime));
  }
  EngineClient engine(std::move(address));
  CANDOR_TRY(make_tables(engine));
  CANDOR_TRY(check_empty_tables(engine));
  BackedUpTables tables;
  if (!folder.empty()) {
    CANDOR_TRY(restore_tables(engine, folder, manifest, progress));
    CANDOR_TRY(restore_installations(engine));
    CANDOR_ASSIGN(checked, check_tables(engine, manifest));
    tables = std::move(checked);
    // Whoever asked to be forgotten does not come back: rows go here; what the journal holds is not
    // loaded; the collector goes on until no file has them.
    CANDOR_ASSIGN(forgotten, reopen_tombstones(folder / "forgotten", data.forgotten()));
    // Samples are under the backup's.
    CANDOR_ASSIGN(hash_key, read_file(folder / "hash.key"));
    const HashHere hash(hash_key);
    const auto hashed = [&hash](std::string_view text) { return hash.keyed(text); };
    CANDOR_TRY(erase_records(engine, forgotten, std::stop_token(), hashed));
  }
  if (supervisor) supervisor->stop();
  return tables;
}

Result<FileLock> lock_data(const DataFolder& data) {
  auto lock = FileLock::try_lock(data.lock());
  if (lock.ok()) return lock;
  return std::move(lock).error().in("the data folder is in use by a collector; stop it first");
}

// How far this journal is to be loaded again: to where the backup was, or from its beginning.
Result<Checkpoint> checkpoint_of_store(const DataFolder& data, const Path& folder) {
  std::error_code ignored;
  if (!std::filesystem::exists(data.checkpoint(), ignored)) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("{} is not there: this is no data folder of a collector, or one that "
                    "lost more than its store. Bring all of it back: candor restore BACKUP",
                    data.checkpoint().string())};
  }
  CANDOR_ASSIGN(now, read_checkpoint(data.checkpoint()));
  if (folder.empty()) return Checkpoint{now.journal, {}, {}};
  CANDOR_ASSIGN(then, read_checkpoint(folder / "loaded.json"));
  if (then.journal == now.journal) return then;
  return Error{
      ErrorKind::kBadData,
      fmt::format("{} is a backup of another journal than the one in {}, so nobody can say "
                  "which records are not in it. Use another backup, or restore all of it "
                  "into an empty data folder.",
                  folder.string(), data.root.string())};
}

// What is damaged is kept: somebody may find rows in it that are nowhere else.
Status put_engine_aside(const DataFolder& data) {
  std::error_code error;
  if (!std::filesystem::exists(data.engine(), error)) return Ok{};
  // A second try: what is there is the beginning of the first.
  if (std::filesystem::exists(data.unfinished_store(), error)) {
    std::filesystem::remove_all(data.engine(), error);
  } else {
    std::filesystem::rename(data.engine(), data.engine_aside(system_clock().now()), error);
  }
  if (!error) return Ok{};
  return Error{ErrorKind::kCannotCreate, fmt::format("cannot move {} out of the way: {}",
                                                     data.engine().string(), error.message())};
}

// Records between the backup and the oldest that the journal still has: those in the backup's own
// copy of it. Of a segment that is in both, the newer copy holds more. Whether records may be in
// neither.
Result<bool> bring_segments(const Path& from, const Path& to) {
  CANDOR_TRY(make_folder(to));
  CANDOR_ASSIGN(here, list_files(to));
  std::erase_if(here, [](const std::string& name) { return !name.ends_with(".segment"); });
  std::vector<std::string> there;
  if (!from.empty()) {
    CANDOR_ASSIGN(listed, list_files(from));
    there = std::move(listed);
  }
  // Names are in the order of what they hold.
  bool newest_is_here = here.empty();
  for (const auto& name : there) {
    if (!name.ends_with(".segment")) continue;
    newest_is_here = here.empty() || name >= here.front();
    if (!newest_is_here) CANDOR_TRY(copy_one_file(from / name, to / name));
  }
  return !newest_is_here;
}

// What is in neither the store nor the journal is taken when it is sent again.
Status replace_folder(const Path& from, const Path& to) {
  std::error_code error;
  std::filesystem::remove_all(to, error);
  if (error)
    return Error{ErrorKind::kCannotCreate,
                 fmt::format("cannot remove {}: {}", to.string(), error.message())};
  return from.empty() ? Status(Ok{}) : copy_folder(from, to);
}

}  // namespace

Result<std::vector<BackedUpTable>> restore_backup(const ServerConfig& config, const Path& folder,
                                                  const BackupProgress& progress) {
  CANDOR_ASSIGN(manifest, read_manifest(folder));
  CANDOR_TRY(check_files(folder, manifest));
  const DataFolder data(config.data);
  CANDOR_TRY(check_holds_only_tombstones(data));
  CANDOR_ASSIGN(lock, FileLock::try_lock(data.lock()));
  // Without it, a collector would take half of a backup for all there ever was.
  CANDOR_TRY(write_file(data.unfinished_restore(), ""));
  CANDOR_ASSIGN(tables, fill_store(config, folder, manifest, progress));
  CANDOR_TRY(copy_folder(folder / "journal", data.journal()));
  CANDOR_TRY(copy_folder(folder / "seen", data.seen()));
  CANDOR_TRY(copy_folder(folder / "seen-events", data.seen_events()));
  CANDOR_TRY(copy_folder(folder / "contracts", data.contracts()));
  CANDOR_TRY(copy_folder(folder / "symbols", data.symbols()));
  CANDOR_TRY(copy_folder(folder / "fixed-crashes", data.fixed_crashes()));
  CANDOR_TRY(copy_one_file(folder / "receipt.key", data.receipt_key()));
  CANDOR_TRY(copy_one_file(folder / "hash.key", data.hash_key()));
  CANDOR_TRY(copy_one_file(folder / "loaded.json", data.checkpoint()));
  CANDOR_TRY(remove_file(data.unfinished_restore()));
  return tables;
}

Result<RestoredStore> restore_store(const ServerConfig& config, const Path& folder,
                                    const BackupProgress& progress) {
  Json manifest;
  if (!folder.empty()) {
    CANDOR_ASSIGN(read, read_manifest(folder));
    manifest = std::move(read);
    CANDOR_TRY(check_files(folder, manifest));
  }
  const DataFolder data(config.data);
  CANDOR_ASSIGN(checkpoint, checkpoint_of_store(data, folder));
  CANDOR_ASSIGN(lock, lock_data(data));
  std::error_code ignored;
  if (std::filesystem::exists(data.unfinished_restore(), ignored))
    return check_restores_finished(data).error();
  CANDOR_TRY(put_engine_aside(data));
  // Until the end a collector would take half of a store for all there ever was.
  CANDOR_TRY(write_file(data.unfinished_store(), ""));
  RestoredStore restored;
  CANDOR_ASSIGN(tables, fill_store(config, folder, manifest, progress));
  restored.tables = std::move(tables);
  CANDOR_ASSIGN(gap, bring_segments(folder.empty() ? Path() : folder / "journal", data.journal()));
  restored.gap = gap;
  CANDOR_TRY(replace_folder(folder.empty() ? Path() : folder / "seen", data.seen()));
  CANDOR_TRY(replace_folder(folder.empty() ? Path() : folder / "seen-events", data.seen_events()));
  CANDOR_TRY(remove_file(data.tables()));
  CANDOR_TRY(write_checkpoint(data.checkpoint(), checkpoint));
  CANDOR_TRY(remove_file(data.unfinished_store()));
  return restored;
}

}  // namespace candor
