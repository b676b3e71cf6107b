#include "server/backup_files.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "server/limits.h"

namespace candor {

Error not_empty(const Path& folder) {
  return Error{
      ErrorKind::kCannotCreate,
      fmt::format("{} is not empty. Name a folder that is, or is not there yet.", folder.string())};
}

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

Status copy_days(const Path& from, const Path& to) {
  CANDOR_TRY(make_folder(to));
  CANDOR_ASSIGN(names, list_files(from));
  for (const auto& name : names) {
    std::error_code error;
    if (!parse_day(name)) continue;
    std::filesystem::copy_file(from / name, to / name,
                               std::filesystem::copy_options::overwrite_existing, error);
    if (error)
      return Error{ErrorKind::kCannotCreate,
                   fmt::format("cannot copy {} to {}: {}", (from / name).string(), to.string(),
                               error.message())};
  }
  return Ok{};
}

Status copy_one_file(const Path& from, const Path& to) {
  CANDOR_ASSIGN(bytes, read_file(from, kBackupMaxChunkBytes));
  return write_file(to, bytes);
}

}  // namespace candor
