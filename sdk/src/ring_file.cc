#include "ring_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <ctime>
#include <new>

#include "files.h"
#include "hashing.h"
#include "library/limits.h"

namespace candor::sdk {
namespace {

using library::BlockHeader;
using library::RingHeader;
using library::RunEntry;
using library::RunState;

constexpr std::size_t kPage = 4096;

std::size_t round_up(std::size_t bytes, std::size_t to) { return (bytes + to - 1) / to * to; }

std::string hex_of(const library::RandomId& id) {
  std::string hex(2 * id.size(), '\0');
  write_hex(id, hex.data());
  return hex;
}

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Out of the way of what programs expect to get: 0 to 2 where these were closed, or whatever they
// close without knowing it.
int moved_up(int fd) {
  constexpr int kLowest = 64;
  const int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, kLowest);
  if (moved < 0) return fd;
  close(fd);
  return moved;
}

// A program that is started again and again while no agent takes what it recorded fills no disk.
bool has_room(const std::string& folder) {
  DIR* const all = opendir(folder.c_str());
  if (all == nullptr) return false;
  std::size_t files = 0;
  while (files <= library::kMaxRings && readdir(all) != nullptr) ++files;
  closedir(all);
  return files <= library::kMaxRings;
}

bool set_aside(int fd, std::size_t from, std::size_t bytes) {
  return posix_fallocate(fd, static_cast<off_t>(from), static_cast<off_t>(bytes)) == 0;
}

RingHeader header_for(std::string_view text, std::uint32_t slots, bool is_automation) {
  RingHeader header{};
  header.magic = library::kRingMagic;
  header.version = library::kVersion;
  header.text_at = sizeof header;
  header.began_ms = now_ms();
  header.pid = static_cast<std::uint32_t>(getpid());
  header.automation = is_automation ? 1 : 0;
  header.text_bytes = static_cast<std::uint32_t>(text.size());
  header.runs_at = static_cast<std::uint32_t>(round_up(header.text_at + text.size(), 64));
  header.runs = library::kMaxRuns;
  header.blocks_at = static_cast<std::uint32_t>(
      round_up(header.runs_at + library::kMaxRuns * sizeof(RunEntry), kPage));
  header.slots = slots;
  header.event_bytes = library::kBlockEventBytes;
  header.block_bytes = static_cast<std::uint32_t>(
      round_up(sizeof(BlockHeader) + slots * sizeof(std::uint64_t) + header.event_bytes, kPage));
  header.most_blocks = library::kMostBlocks;
  header.blocks = 1;
  return header;
}

// Owns a file that is not whole yet.
struct Draft {
  std::string path;
  int fd = -1;
  ~Draft() {
    if (fd < 0) return;
    close(fd);
    unlink(path.c_str());
  }
};

}  // namespace

std::unique_ptr<RingFile> RingFile::make(const std::string& folder, std::string_view text,
                                         std::uint32_t slots, bool is_automation) {
  auto header = header_for(text, slots, is_automation);
  if (getrandom(header.process.data(), header.process.size(), GRND_NONBLOCK) !=
      static_cast<ssize_t>(header.process.size()))
    return nullptr;
  const std::size_t bytes = header.blocks_at + std::size_t{header.most_blocks} * header.block_bytes;
  if (!may_grow_to(bytes) || !has_room(folder)) return nullptr;
  const auto path = folder + "/" + hex_of(header.process) + library::kRingSuffix;
  Draft draft{path + ".new"};
  draft.fd =
      moved_up(open(draft.path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (draft.fd < 0 || flock(draft.fd, LOCK_EX | LOCK_NB) != 0) return nullptr;
  if (!set_aside(draft.fd, 0, header.blocks_at + header.block_bytes) ||
      ftruncate(draft.fd, static_cast<off_t>(bytes)) != 0)
    return nullptr;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, draft.fd, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* const at = static_cast<std::uint8_t*>(memory);
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + header.text_at, text.data(), text.size());
  if (rename(draft.path.c_str(), path.c_str()) != 0) {
    munmap(memory, bytes);
    return nullptr;
  }
  auto* const ring = new (std::nothrow) RingFile(draft.fd, at, bytes, header);
  if (ring == nullptr) {
    munmap(memory, bytes);
    unlink(path.c_str());
    return nullptr;
  }
  // Whole, and its owner's.
  give_to_owner_of(folder, draft.fd);
  draft.fd = -1;
  return std::unique_ptr<RingFile>(ring);
}

RingFile::RingFile(int fd, std::uint8_t* memory, std::size_t bytes,
                   const library::RingHeader& layout)
    : fd_(fd), memory_(memory), bytes_(bytes), layout_(layout) {
  struct stat found {};
  if (fstat(fd_, &found) != 0) return;
  device_ = found.st_dev;
  inode_ = found.st_ino;
}

RingFile::~RingFile() {
  munmap(memory_, bytes_);
  if (has_file()) close(fd_);
}

bool RingFile::has_file() const {
  struct stat found {};
  return fstat(fd_, &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
}

BlockHeader* RingFile::block(std::uint32_t number) const {
  return reinterpret_cast<BlockHeader*>(memory_ + layout_.blocks_at +
                                        std::size_t{number} * layout_.block_bytes);
}

BlockHeader* RingFile::take_block() {
  for (std::uint32_t number = 1; number < blocks_; ++number) {
    std::uint32_t free = 0;
    std::atomic_ref taken(block(number)->taken);
    if (taken.compare_exchange_strong(free, 1, std::memory_order_acquire)) return block(number);
  }
  if (blocks_ == layout_.most_blocks) return nullptr;
  const auto from = layout_.blocks_at + std::size_t{blocks_} * layout_.block_bytes;
  if (!has_file() || !set_aside(fd_, from, layout_.block_bytes)) return nullptr;
  auto* const next = block(blocks_);
  next->taken = 1;
  std::atomic_ref(header().blocks).store(++blocks_, std::memory_order_release);
  return next;
}

void RingFile::give_back(BlockHeader& block) {
  std::atomic_ref(block.taken).store(0, std::memory_order_release);
}

std::uint8_t* RingFile::reserve(BlockHeader& block, std::size_t bytes) {
  const auto offset = block.written % kSize;
  // A record stands in one piece; what is passed over before it takes room, too.
  const auto passed_over = offset + bytes > kSize ? kSize - offset : 0;
  const auto read = std::atomic_ref(block.read).load(std::memory_order_acquire);
  if (block.written - read + passed_over + bytes > kSize) {
    std::atomic_ref dropped(block.dropped);
    dropped.store(dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return nullptr;
  }
  if (passed_over == 0) return events_of(block) + offset;
  if (passed_over >= sizeof(library::RecordHeader)) {
    library::RecordHeader nothing{};
    nothing.bytes = static_cast<std::uint32_t>(passed_over);
    std::memcpy(events_of(block) + offset, &nothing, sizeof nothing);
  }
  publish(block, passed_over);
  return events_of(block);
}

void RingFile::count_dropped() {
  std::atomic_ref(header().dropped).fetch_add(1, std::memory_order_relaxed);
}

RunEntry* RingFile::entry(std::uint32_t number) {
  if (number >= layout_.runs) return nullptr;
  return reinterpret_cast<RunEntry*>(memory_ + layout_.runs_at) + number;
}

RunEntry* RingFile::take_entry(std::uint32_t& number) {
  for (number = 0; number < layout_.runs; ++number) {
    auto free = RunState::kFree;
    auto* const found = entry(number);
    if (std::atomic_ref(found->state).compare_exchange_strong(free, RunState::kWritten))
      return found;
  }
  return nullptr;
}

}  // namespace candor::sdk
