// Files and folders as Candor keeps state: whole, durable, private (files 0600, folders 0700).
//
// Every function names the path and the system's reason in its error. Safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace candor {

using Path = std::filesystem::path;

// An open file descriptor, closed when its owner goes.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { close(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

// The error of the last failed system call: "cannot WHAT PATH: REASON", and whose the path is where
// that is why. Kind: kNotFound for ENOENT, kTryAgain for a full disk or quota, kCannotCreate
// otherwise.
Error system_error(std::string_view what, const Path& path);

// The whole file, at most `max_bytes`; kNotFound when it does not exist, kBadData when larger.
Result<std::string> read_file(const Path& path, std::uint64_t max_bytes = 64u << 20);

// The last bytes of the file, at most `bytes`; the first line may be cut.
Result<std::string> read_file_end(const Path& path, std::uint64_t bytes);

// Replaces the file atomically (temporary file, fdatasync, rename, fsync of the folder): after a
// crash the path holds the old bytes or the new ones. `mode` are permission bits. kCannotCreate
// when its folder is not there.
Status write_file(const Path& path, std::string_view bytes, unsigned mode = 0600);

// Adds `bytes` at the end (O_APPEND, one write); not synced.
Status append_file(const Path& path, std::string_view bytes, unsigned mode = 0600);

// Makes the folder and its parents (0700); fine when it exists.
Status make_folder(const Path& path);

// Of a file that root made, as by a command line: it is whose `folder` is, so that a service can
// read it. Does nothing for others.
void adopt_owner(const Path& file, const Path& folder);

// Removes a file; fine when it is not there.
Status remove_file(const Path& path);

// The names of the regular files in a folder, sorted; empty when the folder does not exist.
Result<std::vector<std::string>> list_files(const Path& folder);

// Makes entries made or removed in `folder` survive a power failure.
Status sync_folder(const Path& folder);

// Holds an exclusive advisory lock (flock) on `path` as long as it lives. try_lock gives kTryAgain
// when another process holds it, and for nothing else, not even a full disk; lock waits.
class FileLock {
 public:
  static Result<FileLock> try_lock(const Path& path);
  static Result<FileLock> lock(const Path& path);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  static Result<FileLock> take(const Path& path, int operation);
  FileDescriptor fd_;
};

// A folder of its own under the system's temporary folder, removed with all it holds at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const Path& path() const { return path_; }

 private:
  Path path_;
};

}  // namespace candor
