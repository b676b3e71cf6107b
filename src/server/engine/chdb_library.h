// ClickHouse as a library (libchdb.so), loaded at run time: found, opened, connected, asked.
//
// Only the process `candor engine` loads it: it brings its own allocator, some thirty threads and
// half a gigabyte of file. One storage folder per process. The library is never unloaded.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace candor {

// Where libchdb.so is. First that exists: `override_path` (the environment's CANDOR_CHDB) when it
// is not empty and then nowhere else; ../lib/candor/ beside the program's folder;
// ../node_modules/@chdb/lib-linux-ARCH-gnu/ beside it, ARCH being x64 or arm64. kUnavailable names
// the places that were looked at and `make deps`.
Result<Path> find_chdb_library(const std::string& override_path, const Path& program);

// One session with the storage. Runs one statement at a time: not thread-safe, one per thread;
// several may be open at once. Errors carry the engine's own text ("Code: 60. DB::Exception: …")
// and the kind that clickhouse_error.h gives it.
class ChdbConnection {
 public:
  virtual ~ChdbConnection() = default;

  // The result in `format` (a ClickHouse format's name) unless the statement names one. `sql` is
  // one statement without NUL bytes (kBadData when it has one: the engine would cut it there).
  virtual Result<std::string> query(std::string_view sql, std::string_view format) = 0;

  // `statement` is an INSERT up to where FORMAT would stand; `bytes` are the rows in `format`, any
  // bytes. Returns when the engine has stored them as its settings say; the count is rows written,
  // those of materialized views included.
  virtual Result<std::uint64_t> insert(std::string_view statement, std::string_view format,
                                       std::string_view bytes) = 0;
};

class ChdbLibrary {
 public:
  // Opens the file and takes the signal handlers away that the library would install. kUnavailable
  // when it cannot be loaded or is another version than Candor can use.
  static Result<std::unique_ptr<ChdbLibrary>> load(const Path& file);

  virtual ~ChdbLibrary() = default;

  // The library's version, such as "26.7.3".
  virtual std::string version() const = 0;

  // `arguments` are "--name=value": server settings count for the first connection of the process
  // only, query settings for each. "--path=FOLDER" is required and the same each time. The library
  // must outlive the connection. Closing the last connection stops the engine; it starts again with
  // the next.
  virtual Result<std::unique_ptr<ChdbConnection>> connect(
      std::span<const std::string> arguments) = 0;
};

}  // namespace candor
