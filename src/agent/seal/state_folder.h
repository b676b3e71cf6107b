// The agent's state folder: plain files that an operator can read (docs/formats/state.md).
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "library/layout.h"

namespace candor {

// Inside it: what crashes of the agent left (docs/formats/crash.md).
inline constexpr std::string_view kCrashFolder = library::kCrashFolder;
// There while the installation is being forgotten.
inline constexpr std::string_view kForgettingFile = "forgetting.json";

// Files are 0600, folders 0700. When root writes into a folder that belongs to another user, such
// as the agent's service user, what it writes belongs to that user too. Safe from any thread.
class StateFolder {
 public:
  explicit StateFolder(Path path) : path_(std::move(path)) {}

  const Path& path() const { return path_; }
  Path file(std::string_view name) const { return path_ / name; }

  // Makes the folder (and one inside it); kCannotCreate when it cannot be written.
  Status make(std::string_view inside = "") const;

  Status write(std::string_view name, std::string_view bytes) const;
  Status append(std::string_view name, std::string_view bytes) const;
  // kNotFound when the file is not there.
  Result<std::string> read(std::string_view name) const;
  Result<Json> read_json(std::string_view name) const;
  bool has(std::string_view name) const;
  Status remove(std::string_view name) const;
  Status rename(std::string_view from, std::string_view to) const;

  // Held while files are moved about. Waits for other processes. Of another name it is another
  // lock.
  Result<FileLock> lock(std::string_view name = "lock") const;
  // The last bytes of a file that only grows.
  Result<std::string> read_end(std::string_view name, std::uint64_t bytes) const {
    return read_file_end(path_ / name, bytes);
  }
  // The same; kTryAgain when a process holds it.
  Result<FileLock> try_lock(std::string_view name) const;

 private:
  void adopt_owner(const Path& file) const;
  Path path_;
};

}  // namespace candor
