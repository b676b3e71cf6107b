// Backup and restore of a collector: tables, journal, keys, contracts (docs/operations/backup.md).
//
// A backup is taken while the collector receives: loading is paused for as long as it takes, the
// journal keeps what arrives. What was answered 2xx before the backup began is in it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "config/server_config.h"

namespace candor {

struct BackedUpTable {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

// Called now and then with what is being done: a table's name, chunks done and in all.
using BackupProgress =
    std::function<void(std::string_view what, std::size_t done, std::size_t all)>;

// Of the tables of the database candor. The others are filled by views.
std::vector<std::string_view> tables_with_rows_in_backups();

// Writes a backup into `folder`, which must be empty or not there. The collector of this
// configuration runs (its engine is asked). Errors: kCannotCreate (folder not empty, disk),
// kUnavailable (no engine), kTryAgain (a block is half loaded: the engine has to take it first).
Result<std::vector<BackedUpTable>> take_backup(const ServerConfig& config, const Path& folder,
                                               const BackupProgress& progress);

// Fills the data folder of this configuration, which must be empty or not there and used by no
// collector, from a backup. The folder `forgotten` may be in it: what those tombstones and the
// backup's cover is not brought back. Every file's SHA-256 is checked first: kBadData when the
// backup is damaged, the data folder is then as it was.
Result<std::vector<BackedUpTable>> restore_backup(const ServerConfig& config, const Path& folder,
                                                  const BackupProgress& progress);

// Makes the store anew in a data folder that has all the rest: its journal, keys, tombstones. What
// the backup holds comes back, but for what its and the folder's tombstones cover; the collector
// then loads what the journals of both hold behind it. An empty `folder`: no backup, only the
// journal. The old store is put aside beside the new one. May be repeated after an error. Errors:
// kTryAgain (a collector uses the folder), kBadData (the backup is damaged, or of another journal:
// nothing is changed then), the disk's and the engine's.
struct RestoredStore {
  std::vector<BackedUpTable> tables;
  bool gap = false;  // there may be records in neither: loaded after the backup, and let go since
};
Result<RestoredStore> restore_store(const ServerConfig& config, const Path& folder,
                                    const BackupProgress& progress);

}  // namespace candor
