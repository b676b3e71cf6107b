#include "agent/monitor/mounts.h"

#include <sys/statfs.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "agent/monitor/limits.h"
#include "agent/monitor/proc_text.h"

namespace candor {
namespace {

// Kinds that hold no files of anybody's, as the node exporter has them.
constexpr std::string_view kOfTheKernel[] = {
    "autofs",     "binfmt_misc", "bpf",       "cgroup",   "cgroup2",   "configfs",
    "debugfs",    "devpts",      "devtmpfs",  "fusectl",  "hugetlbfs", "iso9660",
    "mqueue",     "nsfs",        "overlay",   "proc",     "procfs",    "pstore",
    "rpc_pipefs", "securityfs",  "selinuxfs", "squashfs", "sysfs",     "tracefs"};
// Places of the system's own, and of containers.
constexpr std::string_view kPlacesPassedOver[] = {"/dev", "/proc", "/sys"};
constexpr std::string_view kFoldersPassedOver[] = {"/run/credentials/", "/var/lib/docker/",
                                                   "/var/lib/containers/storage/"};

bool is_passed_over(const Mount& mount) {
  if (std::ranges::find(kOfTheKernel, mount.type) != std::end(kOfTheKernel)) return true;
  for (const auto place : kPlacesPassedOver) {
    if (mount.point == place || mount.point.starts_with(std::string(place) + '/')) return true;
  }
  return std::ranges::any_of(kFoldersPassedOver, [&](std::string_view folder) {
    return mount.point.starts_with(folder) && mount.point.size() > folder.size();
  });
}

// A space in a name is "\040" in /proc/self/mounts, a backslash "\134".
std::string unescaped(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto digits = word.substr(i + 1, 3);
    const bool escaped = word[i] == '\\' && digits.size() == 3 &&
                         std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
    if (!escaped) {
      text += word[i];
      continue;
    }
    text += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
    i += 3;
  }
  return text;
}

std::optional<MountFill> ask_kernel(const std::string& point) {
  struct statfs told {};
  if (::statfs(point.c_str(), &told) != 0) return std::nullopt;
  const auto unit = static_cast<std::uint64_t>(told.f_bsize);
  return MountFill{told.f_blocks * unit, told.f_bfree * unit, told.f_bavail * unit, told.f_files,
                   told.f_ffree};
}

}  // namespace

std::vector<Mount> mounts_in(std::string_view text) {
  std::vector<Mount> mounts;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 4 || mounts.size() == kMaxMounts) continue;
    const auto options = words[3];
    Mount mount{unescaped(words[0]), unescaped(words[1]), std::string(words[2]),
                options == "ro" || options.starts_with("ro,")};
    // What is mounted twice at one place is seen once.
    const bool is_known = std::ranges::any_of(mounts, [&](const Mount& known) {
      return known.point == mount.point && known.device == mount.device;
    });
    if (!is_passed_over(mount) && !is_known) mounts.push_back(std::move(mount));
  }
  return mounts;
}

struct Mounts::Shared {
  Ask ask;
  std::mutex mutex;
  std::set<std::string> silent;  // a thread of an earlier call still waits for each of these
};

// One call of fill(). Under the mutex of Shared.
struct Mounts::Round {
  std::vector<std::string> points;
  std::vector<std::optional<MountFill>> fills;
  std::size_t asking = 0;
  bool is_over = false;  // nobody waits any more
  std::condition_variable told;
};

Mounts::Mounts(Ask ask) : shared_(std::make_shared<Shared>()) {
  shared_->ask = ask ? std::move(ask) : Ask(ask_kernel);
}

void Mounts::ask_all(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Round>& round) {
  std::unique_lock lock(shared->mutex);
  for (; round->asking < round->points.size(); ++round->asking) {
    const auto& point = round->points[round->asking];
    if (shared->silent.contains(point)) continue;
    lock.unlock();
    const auto fill = shared->ask(point);
    lock.lock();
    if (round->is_over) {
      shared->silent.erase(point);
      return;
    }
    round->fills[round->asking] = fill;
  }
  round->told.notify_one();
}

std::vector<std::optional<MountFill>> Mounts::fill(const std::vector<Mount>& mounts, Millis limit) {
  auto round = std::make_shared<Round>();
  for (const auto& mount : mounts) round->points.push_back(mount.point);
  round->fills.resize(mounts.size());
  // Nothing ends a call that the kernel does not answer, so nobody waits for its thread either.
  std::thread([shared = shared_, round] { ask_all(shared, round); }).detach();
  std::unique_lock lock(shared_->mutex);
  const auto all = round->points.size();
  if (!round->told.wait_for(lock, limit, [&] { return round->asking == all; })) {
    round->is_over = true;
    shared_->silent.insert(round->points[round->asking]);
  }
  return round->fills;
}

}  // namespace candor
