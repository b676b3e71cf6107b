#include "server/backup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/build_version.h"
#include "base/digest.h"
#include "base/json.h"
#include "server/backup_files.h"
#include "server/limits.h"
#include "server/load/checkpoint.h"
#include "server/setup.h"

namespace candor {
namespace {

// What is copied row by row: cut into chunks by the hash of some columns, as many as the bytes of a
// day ask for; the columns tell large rows apart. candor.installations and candor.metric_days are
// filled by their views. candor.daily is not: who was forgotten is still counted there.
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
    {"events", "id", "length(body) + 400"},
    {"daily", "figure, value", "least(finalizeAggregation(sources), 131072) * 8 + 300"},
    {"series", "series", "length(labels) + 300", true},
    {"samples", "series, at", "100", true},
    {"crashes", "installation, crash", "length(frames) + 500"},
    {"lookups", "installation", "300"},
    {"runs", "run", "200"},
    {"quarantine", "record", "length(value) + 600"},
    {"drops", "path", "400"},
    {"accounting", "outcome", "100"},
};

Status check_empty(const Path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
    return not_empty(folder);
  return make_folder(folder);
}

// The SHA-256 of every file below the folder, but of the manifest itself.
Result<Json> checksums_of(const Path& folder) {
  Json files = Json::object();
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const auto name = it->path().lexically_relative(folder).string();
    std::error_code gone;
    if (name == kBackupManifest || !it->is_regular_file(gone)) continue;
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
    manifest["version"] = kBackupVersion;
    manifest["made_by"] = build_package();
    manifest["made_at"] = format_rfc3339(system_clock().now());
    for (const auto& table : tables_) {
      manifest["tables"].push_back(
          {{"name", table.name}, {"rows", table.rows}, {"bytes", table.bytes}});
    }
    manifest["chunks"] = std::move(chunks_);
    CANDOR_ASSIGN(files, checksums_of(folder_));
    manifest["files"] = std::move(files);
    return write_file(folder_ / kBackupManifest, to_pretty(manifest));
  }

  std::vector<BackedUpTable> take() && { return std::move(tables_); }

 private:
  Status add_chunk(const BackupTable& table, const std::string& sql, const std::string& name,
                   BackedUpTable& summary) {
    CANDOR_ASSIGN(bytes, engine_.select(sql, kBackupFormat));
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
  CANDOR_TRY(copy_days(data.seen(), folder / "seen"));
  CANDOR_TRY(copy_days(data.seen_events(), folder / "seen-events"));
  CANDOR_TRY(copy_folder(data.contracts(), folder / "contracts"));
  CANDOR_TRY(copy_folder(data.symbols(), folder / "symbols"));
  CANDOR_TRY(copy_folder(data.fixed_crashes(), folder / "fixed-crashes"));
  CANDOR_TRY(copy_one_file(data.receipt_key(), folder / "receipt.key"));
  CANDOR_TRY(copy_one_file(data.hash_key(), folder / "hash.key"));
  CANDOR_TRY(copy_one_file(data.checkpoint(), folder / "loaded.json"));
  // Last: who asks to be forgotten while the tables are read is in them, and here.
  CANDOR_TRY(copy_folder(data.forgotten(), folder / "forgotten"));
  CANDOR_TRY(backup.finish());
  return std::move(backup).take();
}

}  // namespace candor
