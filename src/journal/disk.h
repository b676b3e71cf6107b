// The disk as the journal uses it: a seam, so that tests can make any call fail.
//
// Errors carry a sentence with the path and the system's reason; ErrorKind::kTryAgain means that
// the disk is full, kNotFound that the file is not there.
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

// An open file, closed when its owner lets go. One thread at a time.
class DiskFile {
 public:
  virtual ~DiskFile() = default;

  // All of `bytes` at `offset`; after a failure any part of it may be there.
  virtual Status write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // How many bytes were read: fewer than asked for only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;
  // What was written is on the disk (fdatasync). After a failure nobody knows, and the next
  // success does not cover what the failed call was for.
  virtual Status sync() = 0;
  // Grows the file to `bytes`, reading as zeros, with space set aside where the disk can do that.
  virtual Status allocate(std::uint64_t bytes) = 0;
  virtual Status truncate(std::uint64_t bytes) = 0;
  virtual Result<std::uint64_t> size() = 0;
};

// Safe from any thread.
class Disk {
 public:
  virtual ~Disk() = default;

  // A new file for writing, or an old one emptied; 0600.
  virtual Result<std::unique_ptr<DiskFile>> create(const Path& path) = 0;
  // An existing file, for reading and writing.
  virtual Result<std::unique_ptr<DiskFile>> open(const Path& path) = 0;
  virtual Status rename(const Path& from, const Path& to) = 0;
  // Fine when it is not there.
  virtual Status remove(const Path& path) = 0;
  virtual Status make_folder(const Path& path) = 0;
  // Entries made, renamed and removed in `folder` survive a power failure.
  virtual Status sync_folder(const Path& folder) = 0;
  // Names of the files, sorted.
  virtual Result<std::vector<std::string>> list(const Path& folder) = 0;
  // Held until the last copy goes; kTryAgain when another process or object holds it.
  virtual Result<std::shared_ptr<void>> lock(const Path& path) = 0;
};

// The machine's disk; one object for the process.
Disk& system_disk();

}  // namespace candor
