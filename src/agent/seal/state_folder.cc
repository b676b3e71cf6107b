#include "agent/seal/state_folder.h"

#include <fmt/format.h>

#include <cerrno>

#include "agent/seal/limits.h"

namespace candor {

void StateFolder::adopt_owner(const Path& file) const { candor::adopt_owner(file, path_); }

Status StateFolder::make(std::string_view inside) const {
  auto made = make_folder(path_);
  if (!made.ok()) {
    return Error{
        ErrorKind::kCannotCreate,
        made.error().message + ". Set CANDOR_DIR, or `state`, to a folder that can be written."};
  }
  if (inside.empty()) return Ok{};
  CANDOR_TRY(make_folder(path_ / inside));
  adopt_owner(path_ / inside);
  return Ok{};
}

Status StateFolder::write(std::string_view name, std::string_view bytes) const {
  CANDOR_TRY(write_file(path_ / name, bytes));
  adopt_owner(path_ / name);
  return Ok{};
}

Status StateFolder::append(std::string_view name, std::string_view bytes) const {
  CANDOR_TRY(append_file(path_ / name, bytes));
  adopt_owner(path_ / name);
  return Ok{};
}

Result<std::string> StateFolder::read(std::string_view name) const {
  return read_file(path_ / name, kMaxStateFileBytes);
}

Result<Json> StateFolder::read_json(std::string_view name) const {
  CANDOR_ASSIGN(text, read(name));
  auto json = parse_json(text);
  if (!json.ok()) return std::move(json).error().in((path_ / name).string());
  if (!json->is_object()) {
    return Error{ErrorKind::kBadData,
                 fmt::format("{} is not what Candor wrote there.", (path_ / name).string())};
  }
  return json;
}

bool StateFolder::has(std::string_view name) const {
  std::error_code ignored;
  return std::filesystem::exists(path_ / name, ignored);
}

Status StateFolder::remove(std::string_view name) const { return remove_file(path_ / name); }

Status StateFolder::rename(std::string_view from, std::string_view to) const {
  if (::rename((path_ / from).c_str(), (path_ / to).c_str()) != 0)
    return system_error("move", path_ / from);
  CANDOR_TRY(sync_folder((path_ / to).parent_path()));
  return sync_folder((path_ / from).parent_path());
}

Result<FileLock> StateFolder::lock(std::string_view name) const {
  CANDOR_ASSIGN(lock, FileLock::lock(path_ / name));
  adopt_owner(path_ / name);
  return lock;
}

Result<FileLock> StateFolder::try_lock(std::string_view name) const {
  CANDOR_ASSIGN(lock, FileLock::try_lock(path_ / name));
  adopt_owner(path_ / name);
  return lock;
}

}  // namespace candor
