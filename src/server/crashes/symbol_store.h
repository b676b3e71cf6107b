// The symbol tables of a collector, in a folder of its data (docs/formats/symbols.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/mutex.h"
#include "symbols/symbol_table.h"

namespace candor {

// All functions from any thread, and beside other processes.
class SymbolStore {
 public:
  // `folder` need not be there yet; its parent is, and says whose the tables are.
  explicit SymbolStore(Path folder) : folder_(std::move(folder)) {}

  // The table of a build as it is now; nullptr: there is none that can be read. Keeps at most
  // kMaxSymbolCacheBytes in memory.
  std::shared_ptr<const SymbolTable> find(std::string_view build_id);

  struct Kept {
    std::string build_id;
    std::string module;  // empty: the table is damaged
    std::size_t functions = 0;
    std::size_t lines = 0;
    std::uint64_t bytes = 0;
  };
  // In the order of build-ids.
  Result<std::vector<Kept>> list() const;
  // The bytes of a table, in place of one of the same build. kBadData when they are none; kUsage
  // when there are kMaxSymbolTables.
  Result<Kept> add(std::string bytes) const;
  // kNotFound when there is none.
  Status remove(std::string_view build_id) const;

 private:
  struct Loaded {
    std::int64_t changed = 0;  // nanoseconds since 1970
    std::uint64_t inode = 0;
    std::uint64_t used = 0;  // when, as a count
    std::shared_ptr<const SymbolTable> table;
  };
  Path file_of(std::string_view build_id) const;
  void make_room() CANDOR_REQUIRES(mutex_);

  const Path folder_;
  Mutex mutex_;
  std::map<std::string, Loaded, std::less<>> loaded_ CANDOR_GUARDED_BY(mutex_);
  std::uint64_t uses_ CANDOR_GUARDED_BY(mutex_) = 0;
};

}  // namespace candor
