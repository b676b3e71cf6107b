// A disk in memory for tests: it counts its calls, fails the ones it is told to, and can crash.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "journal/disk.h"

namespace candor {

// Behaves like a disk behind a page cache: what was not synced is lost in a crash, and a failed
// sync drops the writes it was for, so that a later good sync does not bring them to the disk.
// Safe from any thread. Files that are open keep the disk's contents alive, not the disk itself.
class MemoryDisk final : public Disk {
 public:
  enum class Call {
    kCreate,
    kOpen,
    kWrite,
    kRead,
    kSync,
    kAllocate,
    kTruncate,
    kRename,
    kRemove,
    kSyncFolder,
    kList
  };

  MemoryDisk();
  ~MemoryDisk() override;

  // Asked before every call with its running number (from 1); an error makes the call fail. A
  // failing write leaves half of its bytes. Null: nothing fails. Runs under the disk's lock.
  using Fault = std::function<Status(Call, std::uint64_t number)>;
  void set_fault(Fault fault);
  std::uint64_t calls() const;
  std::uint64_t calls(Call call) const;

  // The power fails: every file and folder entry goes back to what was synced.
  void crash();

  // Bytes free for allocate(), in all; unlimited at the start.
  void set_space(std::uint64_t bytes);

  // Direct access, as of a file that was synced.
  std::string bytes_of(const Path& path) const;
  void put(const Path& path, std::string bytes);
  std::vector<Path> files() const;

  Result<std::unique_ptr<DiskFile>> create(const Path& path) override;
  Result<std::unique_ptr<DiskFile>> open(const Path& path) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& path) override;
  Status make_folder(const Path& path) override;
  Status sync_folder(const Path& folder) override;
  Result<std::vector<std::string>> list(const Path& folder) override;
  Result<std::shared_ptr<void>> lock(const Path& path) override;

 private:
  struct State;
  struct Node;
  class File;
  std::shared_ptr<State> state_;
};

}  // namespace candor
