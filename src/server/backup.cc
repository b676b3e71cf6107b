#include "server/backup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/build_version.h"
#include "base/digest.h"
#include "base/json.h"
#include "server/engine/supervisor.h"
#include "server/limits.h"
#include "server/load/checkpoint.h"
#include "server/load/erase.h"
#include "server/load/schema.h"
#include "server/record/tombstones.h"
#include "server/setup.h"

namespace candor {
namespace {

constexpr int kManifestVersion = 1;
constexpr std::string_view kFormat = "Native";
constexpr std::string_view kManifest = "manifest.json";

// What is copied row by row: cut into chunks by the hash of some columns, as many as the bytes of a
// day ask for; the columns tell large rows apart. candor.installations, candor.daily and
// candor.metric_days are filled by their views.
struct BackupTable {
  std::string_view name;
  std::string_view chunk_key;
  std::string_view row_bytes;  // about; SQL
  // Rows that were replaced stay out: a view would count them again when they are restored.
  bool newest_only = false;
};
constexpr BackupTable kTables[] = {
    {"reports", "installation, version", "length(body) + 300"},
    {"report_values", "installation", "200"},
    {"device_reports", "device, version", "length(body) + 300"},
    {"events", "source, at", "length(body) + 400", true},
    {"samples", "labels, installation, at", "length(labels) + 200", true},
    {"crashes", "installation, crash", "length(frames) + 500"},
    {"lookups", "installation", "300"},
    {"quarantine", "record", "length(value) + 600"},
    {"drops", "path", "400"},
    {"accounting", "outcome", "100"},
};

Error not_empty(const Path& folder) {
  return Error{
      ErrorKind::kCannotCreate,
      fmt::format("{} is not empty. Name a folder that is, or is not there yet.", folder.string())};
}

Status check_empty(const Path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
    return not_empty(folder);
  return make_folder(folder);
}

// Tombstones may be there already: those that are newer than the backup.
Status check_holds_only_tombstones(const DataFolder& data) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(data.root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path() != data.forgotten()) return not_empty(data.root);
  }
  return make_folder(data.root);
}

// Copies the files of a folder, and those of the folders in it.
Status copy_folder(const Path& from, const Path& to) {
  std::error_code error;
  if (!std::filesystem::exists(from, error)) return Ok{};
  CANDOR_TRY(make_folder(to));
  std::filesystem::copy(
      from, to,
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing,
      error);
  if (error)
    return Error{ErrorKind::kCannotCreate, fmt::format("cannot copy {} to {}: {}", from.string(),
                                                       to.string(), error.message())};
  return Ok{};
}

Status copy_one_file(const Path& from, const Path& to) {
  CANDOR_ASSIGN(bytes, read_file(from));
  return write_file(to, bytes);
}

// The SHA-256 of every file below the folder, but of the manifest itself.
Result<Json> checksums_of(const Path& folder) {
  Json files = Json::object();
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const auto name = it->path().lexically_relative(folder).string();
    std::error_code gone;
    if (name == kManifest || !it->is_regular_file(gone)) continue;
    CANDOR_ASSIGN(bytes, read_file(it->path(), kBackupMaxChunkBytes));
    files[name] = sha256_hex(bytes);
  }
  if (error)
    return Error{ErrorKind::kGeneral,
                 fmt::format("cannot list {}: {}", folder.string(), error.message())};
  return files;
}

class Backup {
 public:
  Backup(EngineClient& engine, Path folder, const BackupProgress& progress)
      : engine_(engine), folder_(std::move(folder)), progress_(progress) {}

  Status add(const BackupTable& table) {
    const auto from = fmt::format("candor.{}{}", table.name, table.newest_only ? " FINAL" : "");
    CANDOR_ASSIGN(days, engine_.query(fmt::format(
                            "SELECT day, count(), sum({}) FROM {} GROUP BY day ORDER BY day",
                            table.row_bytes, from)));
    BackedUpTable summary{std::string(table.name), 0, 0};
    for (std::size_t row = 0; row < days.size(); ++row) {
      const auto rows = days.count(row, 1);
      const auto chunks = days.count(row, 2) / kBackupChunkBytes + 1;
      for (std::uint64_t chunk = 0; chunk < chunks; ++chunk) {
        const auto sql =
            fmt::format("SELECT * FROM {} WHERE day = {} AND cityHash64({}) % {} = {}", from,
                        sql_quote(days.text(row, 0)), table.chunk_key, chunks, chunk);
        CANDOR_TRY(add_chunk(table, sql,
                             fmt::format("{}.{}.{}.native", table.name, days.text(row, 0), chunk),
                             summary));
      }
      summary.rows += rows;
      progress_(table.name, row + 1, days.size());
    }
    tables_.push_back(std::move(summary));
    return Ok{};
  }

  Status finish() {
    Json manifest;
    manifest["version"] = kManifestVersion;
    manifest["made_by"] = build_package();
    manifest["made_at"] = format_rfc3339(system_clock().now());
    for (const auto& table : tables_) {
      manifest["tables"].push_back(
          {{"name", table.name}, {"rows", table.rows}, {"bytes", table.bytes}});
    }
    manifest["chunks"] = std::move(chunks_);
    CANDOR_ASSIGN(files, checksums_of(folder_));
    manifest["files"] = std::move(files);
    return write_file(folder_ / kManifest, to_pretty(manifest));
  }

  std::vector<BackedUpTable> take() && { return std::move(tables_); }

 private:
  Status add_chunk(const BackupTable& table, const std::string& sql, const std::string& name,
                   BackedUpTable& summary) {
    CANDOR_ASSIGN(bytes, engine_.select(sql, kFormat));
    if (bytes.empty()) return Ok{};
    CANDOR_TRY(write_file(folder_ / "tables" / name, bytes));
    chunks_.push_back({{"table", table.name}, {"file", name}});
    summary.bytes += bytes.size();
    return Ok{};
  }

  EngineClient& engine_;
  const Path folder_;
  const BackupProgress& progress_;
  std::vector<BackedUpTable> tables_;
  Json chunks_ = Json::array();
};

Result<Json> read_manifest(const Path& folder) {
  auto text = read_file(folder / kManifest);
  auto manifest = text.ok() ? parse_json(*text) : Result<Json>(text.error());
  if (!manifest.ok() || integer_member(*manifest, "version") != kManifestVersion ||
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
    CANDOR_TRY(
        engine.insert({.into = into, .format = kFormat, .rows = bytes, .token = file.string()}));
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

}  // namespace

std::vector<std::string_view> tables_with_rows_in_backups() {
  std::vector<std::string_view> names;
  for (const auto& table : kTables) names.push_back(table.name);
  return names;
}

Result<std::vector<BackedUpTable>> take_backup(const ServerConfig& config, const Path& folder,
                                               const BackupProgress& progress) {
  const DataFolder data(config.data);
  CANDOR_ASSIGN(address, engine_address(config, data));
  EngineClient engine(std::move(address));
  if (auto answers = engine.ping(); !answers.ok()) {
    return Error{ErrorKind::kUnavailable,
                 "The engine does not answer. A backup is taken while the collector runs: start it "
                 "with candor server."};
  }
  CANDOR_TRY(check_empty(folder));
  CANDOR_TRY(make_folder(folder / "tables"));
  CANDOR_ASSIGN(pause, FileLock::lock(data.pause()));
  CANDOR_ASSIGN(checkpoint, read_checkpoint(data.checkpoint()));
  if (checkpoint.pending != checkpoint.loaded) {
    return Error{ErrorKind::kTryAgain,
                 "A block of records is half loaded, the engine failed in between. Take the backup "
                 "when the engine has taken it."};
  }
  Backup backup(engine, folder, progress);
  for (const auto& table : kTables) CANDOR_TRY(backup.add(table));
  // After the tables: what arrived meanwhile is in the journal, and comes along.
  CANDOR_TRY(copy_folder(data.journal(), folder / "journal"));
  CANDOR_TRY(copy_folder(data.seen(), folder / "seen"));
  CANDOR_TRY(copy_folder(data.seen_events(), folder / "seen-events"));
  CANDOR_TRY(copy_folder(data.contracts(), folder / "contracts"));
  CANDOR_TRY(copy_one_file(data.receipt_key(), folder / "receipt.key"));
  CANDOR_TRY(copy_one_file(data.hash_key(), folder / "hash.key"));
  CANDOR_TRY(copy_one_file(data.checkpoint(), folder / "loaded.json"));
  // Last: who asks to be forgotten while the tables are read is in them, and here.
  CANDOR_TRY(copy_folder(data.forgotten(), folder / "forgotten"));
  CANDOR_TRY(backup.finish());
  return std::move(backup).take();
}

Result<std::vector<BackedUpTable>> restore_backup(const ServerConfig& config, const Path& folder,
                                                  const BackupProgress& progress) {
  CANDOR_ASSIGN(manifest, read_manifest(folder));
  CANDOR_TRY(check_files(folder, manifest));
  const DataFolder data(config.data);
  CANDOR_TRY(check_holds_only_tombstones(data));
  CANDOR_ASSIGN(lock, FileLock::try_lock(data.lock()));
  // Without it, a collector would take half of a backup for all there ever was.
  CANDOR_TRY(write_file(data.unfinished_restore(), ""));
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
  CANDOR_TRY(restore_tables(engine, folder, manifest, progress));
  CANDOR_TRY(restore_installations(engine));
  CANDOR_ASSIGN(tables, check_tables(engine, manifest));
  // Whoever asked to be forgotten does not come back: rows go here; what the journal holds is not
  // loaded; the collector goes on until no file has them.
  CANDOR_ASSIGN(forgotten, reopen_tombstones(folder / "forgotten", data.forgotten()));
  CANDOR_TRY(erase_records(engine, forgotten, std::stop_token()));
  if (supervisor) supervisor->stop();
  CANDOR_TRY(copy_folder(folder / "journal", data.journal()));
  CANDOR_TRY(copy_folder(folder / "seen", data.seen()));
  CANDOR_TRY(copy_folder(folder / "seen-events", data.seen_events()));
  CANDOR_TRY(copy_folder(folder / "contracts", data.contracts()));
  CANDOR_TRY(copy_one_file(folder / "receipt.key", data.receipt_key()));
  CANDOR_TRY(copy_one_file(folder / "hash.key", data.hash_key()));
  CANDOR_TRY(copy_one_file(folder / "loaded.json", data.checkpoint()));
  CANDOR_TRY(remove_file(data.unfinished_restore()));
  return tables;
}

}  // namespace candor
