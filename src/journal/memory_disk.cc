#include "journal/memory_disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace candor {

struct MemoryDisk::Node {
  struct Write {
    std::uint64_t offset;  // a write of `bytes`, or with `resize` the new size
    std::string bytes;
    bool resize;
  };
  std::string now;      // what readers see
  std::string on_disk;  // what a crash leaves
  std::vector<Write> pending;

  static void apply(std::string& bytes, const Write& write) {
    if (write.resize) return bytes.resize(write.offset, '\0');
    if (bytes.size() < write.offset + write.bytes.size()) {
      bytes.resize(write.offset + write.bytes.size(), '\0');
    }
    bytes.replace(write.offset, write.bytes.size(), write.bytes);
  }
  void change(Write write) {
    apply(now, write);
    pending.push_back(std::move(write));
  }
};

struct MemoryDisk::State {
  using Entries = std::map<Path, std::shared_ptr<Node>>;

  mutable Mutex mutex;
  Entries now CANDOR_GUARDED_BY(mutex);
  Entries on_disk CANDOR_GUARDED_BY(mutex);
  std::map<Path, std::weak_ptr<void>> locks CANDOR_GUARDED_BY(mutex);
  Fault fault CANDOR_GUARDED_BY(mutex);
  std::uint64_t count CANDOR_GUARDED_BY(mutex) = 0;
  std::map<Call, std::uint64_t> count_of CANDOR_GUARDED_BY(mutex);
  std::uint64_t space CANDOR_GUARDED_BY(mutex) = std::numeric_limits<std::uint64_t>::max();

  Status admit(Call call) CANDOR_REQUIRES(mutex) {
    ++count;
    ++count_of[call];
    return fault ? fault(call, count) : Status(Ok{});
  }
  std::uint64_t used() const CANDOR_REQUIRES(mutex) {
    std::uint64_t bytes = 0;
    for (const auto& [path, node] : now) bytes += node->now.size();
    return bytes;
  }
};

class MemoryDisk::File final : public DiskFile {
 public:
  File(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)) {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    MutexLock lock(state_->mutex);
    auto admitted = state_->admit(Call::kWrite);
    if (!admitted.ok()) bytes = bytes.substr(0, bytes.size() / 2);
    node_->change({offset, std::string(bytes), false});
    return admitted;
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    MutexLock lock(state_->mutex);
    CANDOR_TRY(state_->admit(Call::kRead));
    if (offset >= node_->now.size()) return std::size_t{0};
    return node_->now.copy(into.data(), into.size(), offset);
  }

  Status sync() override {
    MutexLock lock(state_->mutex);
    auto admitted = state_->admit(Call::kSync);
    if (admitted.ok()) {
      for (const auto& write : node_->pending) Node::apply(node_->on_disk, write);
    }
    node_->pending.clear();
    return admitted;
  }

  Status allocate(std::uint64_t bytes) override {
    MutexLock lock(state_->mutex);
    CANDOR_TRY(state_->admit(Call::kAllocate));
    if (bytes <= node_->now.size()) return Ok{};
    const auto used = state_->used();
    if (used > state_->space || bytes - node_->now.size() > state_->space - used) {
      return Error{ErrorKind::kTryAgain, "cannot set space aside: the disk is full"};
    }
    node_->change({bytes, {}, true});
    return Ok{};
  }

  Status truncate(std::uint64_t bytes) override {
    MutexLock lock(state_->mutex);
    CANDOR_TRY(state_->admit(Call::kTruncate));
    node_->change({bytes, {}, true});
    return Ok{};
  }

  Result<std::uint64_t> size() override {
    MutexLock lock(state_->mutex);
    return std::uint64_t{node_->now.size()};
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
};

namespace {

Error not_found(const Path& path) {
  return {ErrorKind::kNotFound, fmt::format("cannot open {}: no such file", path.string())};
}

}  // namespace

MemoryDisk::MemoryDisk() : state_(std::make_shared<State>()) {}
MemoryDisk::~MemoryDisk() = default;

void MemoryDisk::set_fault(Fault fault) {
  MutexLock lock(state_->mutex);
  state_->fault = std::move(fault);
}

std::uint64_t MemoryDisk::calls() const {
  MutexLock lock(state_->mutex);
  return state_->count;
}

std::uint64_t MemoryDisk::calls(Call call) const {
  MutexLock lock(state_->mutex);
  const auto found = state_->count_of.find(call);
  return found == state_->count_of.end() ? 0 : found->second;
}

void MemoryDisk::crash() {
  MutexLock lock(state_->mutex);
  state_->now = state_->on_disk;
  for (const auto& [path, node] : state_->now) {
    node->now = node->on_disk;
    node->pending.clear();
  }
}

void MemoryDisk::set_space(std::uint64_t bytes) {
  MutexLock lock(state_->mutex);
  state_->space = bytes;
}

std::string MemoryDisk::bytes_of(const Path& path) const {
  MutexLock lock(state_->mutex);
  const auto found = state_->now.find(path);
  return found == state_->now.end() ? std::string() : found->second->now;
}

void MemoryDisk::put(const Path& path, std::string bytes) {
  MutexLock lock(state_->mutex);
  auto node = std::make_shared<Node>();
  node->now = bytes;
  node->on_disk = std::move(bytes);
  state_->now[path] = node;
  state_->on_disk[path] = node;
}

std::vector<Path> MemoryDisk::files() const {
  MutexLock lock(state_->mutex);
  std::vector<Path> paths;
  for (const auto& [path, node] : state_->now) paths.push_back(path);
  return paths;
}

Result<std::unique_ptr<DiskFile>> MemoryDisk::create(const Path& path) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kCreate));
  auto node = std::make_shared<Node>();
  state_->now[path] = node;
  return std::unique_ptr<DiskFile>(std::make_unique<File>(state_, std::move(node)));
}

Result<std::unique_ptr<DiskFile>> MemoryDisk::open(const Path& path) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kOpen));
  const auto found = state_->now.find(path);
  if (found == state_->now.end()) return not_found(path);
  return std::unique_ptr<DiskFile>(std::make_unique<File>(state_, found->second));
}

Status MemoryDisk::rename(const Path& from, const Path& to) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kRename));
  const auto found = state_->now.find(from);
  if (found == state_->now.end()) return not_found(from);
  state_->now[to] = found->second;
  state_->now.erase(from);
  return Ok{};
}

Status MemoryDisk::remove(const Path& path) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kRemove));
  state_->now.erase(path);
  return Ok{};
}

Status MemoryDisk::make_folder(const Path&) { return Ok{}; }

Status MemoryDisk::sync_folder(const Path& folder) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kSyncFolder));
  std::erase_if(state_->on_disk,
                [&](const auto& entry) { return entry.first.parent_path() == folder; });
  for (const auto& [path, node] : state_->now) {
    if (path.parent_path() == folder) state_->on_disk[path] = node;
  }
  return Ok{};
}

Result<std::vector<std::string>> MemoryDisk::list(const Path& folder) {
  MutexLock lock(state_->mutex);
  CANDOR_TRY(state_->admit(Call::kList));
  std::vector<std::string> names;
  for (const auto& [path, node] : state_->now) {
    if (path.parent_path() == folder) names.push_back(path.filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::shared_ptr<void>> MemoryDisk::lock(const Path& path) {
  MutexLock lock(state_->mutex);
  auto& holder = state_->locks[path];
  if (!holder.expired()) {
    return Error{ErrorKind::kTryAgain, fmt::format("{} is locked: in use", path.string())};
  }
  std::shared_ptr<void> held = std::make_shared<int>();
  holder = held;
  return held;
}

}  // namespace candor
