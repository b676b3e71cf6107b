#include "server/crashes/symbol_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/log.h"
#include "server/crashes/limits.h"
#include "symbols/limits.h"

namespace candor {
namespace {

constexpr std::string_view kSuffix = ".symbols";

static_assert(kMaxSymbolTableBytes <= kMaxSymbolCacheBytes, "one alone is within the limit of all");

Result<SymbolTable> read_table(const Path& file) {
  CANDOR_ASSIGN(bytes, read_file(file, kMaxSymbolTableBytes));
  return SymbolTable::read(std::move(bytes));
}

SymbolStore::Kept kept_of(const SymbolTable& table) {
  return {std::string(table.build_id()), std::string(table.module()), table.functions(),
          table.lines(), table.bytes()};
}

}  // namespace

Path SymbolStore::file_of(std::string_view build_id) const {
  return folder_ / fmt::format("{}{}", build_id, kSuffix);
}

std::shared_ptr<const SymbolTable> SymbolStore::find(std::string_view build_id) {
  // It comes from reports.
  if (!is_build_id(build_id)) return nullptr;
  const auto file = file_of(build_id);
  struct stat status {};
  const bool is_there = ::stat(file.c_str(), &status) == 0;
  const auto changed = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  const MutexLock lock(mutex_);
  const auto known = loaded_.find(build_id);
  if (!is_there) {
    if (known != loaded_.end()) loaded_.erase(known);
    return nullptr;
  }
  if (known != loaded_.end() && known->second.changed == changed &&
      known->second.inode == status.st_ino) {
    known->second.used = ++uses_;
    return known->second.table;
  }
  auto read = read_table(file);
  std::shared_ptr<const SymbolTable> table;
  if (read.ok() && read->build_id() == build_id) {
    table = std::make_shared<const SymbolTable>(*std::move(read));
  } else {
    log_warning("The symbols in {} cannot be read: add them again.", file.string());
  }
  loaded_[std::string(build_id)] = {changed, status.st_ino, ++uses_, table};
  make_room();
  return table;
}

void SymbolStore::make_room() {
  std::size_t bytes = 0;
  for (const auto& [build_id, one] : loaded_) bytes += one.table ? one.table->bytes() : 0;
  while (bytes > kMaxSymbolCacheBytes || loaded_.size() > kMaxSymbolTables) {
    const auto oldest =
        std::ranges::min_element(loaded_, {}, [](const auto& one) { return one.second.used; });
    bytes -= oldest->second.table ? oldest->second.table->bytes() : 0;
    loaded_.erase(oldest);
  }
}

Result<std::vector<SymbolStore::Kept>> SymbolStore::list() const {
  CANDOR_ASSIGN(names, list_files(folder_));
  std::vector<Kept> all;
  for (const auto& name : names) {
    if (!name.ends_with(kSuffix)) continue;
    const auto build_id = name.substr(0, name.size() - kSuffix.size());
    const auto table = read_table(file_of(build_id));
    all.push_back(table.ok() ? kept_of(*table) : Kept{build_id, "", 0, 0, 0});
  }
  return all;
}

Result<SymbolStore::Kept> SymbolStore::add(std::string bytes) const {
  CANDOR_ASSIGN(table, SymbolTable::read(bytes));
  const auto file = file_of(table.build_id());
  CANDOR_ASSIGN(names, list_files(folder_));
  std::error_code ignored;
  if (names.size() >= kMaxSymbolTables && !std::filesystem::exists(file, ignored)) {
    return Error{ErrorKind::kUsage,
                 fmt::format("{} has {} symbol tables, and no more are kept. Remove those of "
                             "builds that nobody runs: candor symbols remove BUILD_ID",
                             folder_.string(), names.size())};
  }
  CANDOR_TRY(make_folder(folder_));
  adopt_owner(folder_, folder_.parent_path());
  CANDOR_TRY(write_file(file, bytes));
  adopt_owner(file, folder_);
  return kept_of(table);
}

Status SymbolStore::remove(std::string_view build_id) const {
  std::error_code ignored;
  if (!is_build_id(build_id) || !std::filesystem::exists(file_of(build_id), ignored)) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("There are no symbols of the build {}. `candor symbols list` shows "
                             "those that are here.",
                             build_id)};
  }
  CANDOR_TRY(remove_file(file_of(build_id)));
  return sync_folder(folder_);
}

}  // namespace candor
