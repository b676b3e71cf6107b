// How full file systems are, asked so that one that does not answer holds up nobody: an NFS server
// that is gone keeps whoever asks for as long as it likes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace candor {

struct Mount {
  std::string device;
  std::string point;  // where it is mounted
  std::string type;   // "ext4"
  bool read_only = false;
  bool operator==(const Mount&) const = default;
};

struct MountFill {
  std::uint64_t size = 0;       // bytes
  std::uint64_t free = 0;       // bytes, with those that only root may take
  std::uint64_t available = 0;  // bytes
  std::uint64_t files = 0;
  std::uint64_t files_free = 0;
};

// Of the lines of /proc/self/mounts those that hold files on a disk or in memory: none of the
// kernel's own, as node_exporter passes them over.
std::vector<Mount> mounts_in(std::string_view text);

// One thread at a time.
class Mounts {
 public:
  using Ask = std::function<std::optional<MountFill>(const std::string& point)>;
  // `ask` is called from threads of its own, which may outlive this.
  explicit Mounts(Ask ask = {});

  // Of each mount how full it is, or nothing: it failed, was not answered in time, or has not
  // been since an earlier call. Those behind one that is not answered are asked in the next call.
  std::vector<std::optional<MountFill>> fill(const std::vector<Mount>& mounts, Millis limit);

 private:
  struct Shared;
  struct Round;
  static void ask_all(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Round>& round);
  const std::shared_ptr<Shared> shared_;
};

}  // namespace candor
