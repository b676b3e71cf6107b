#include "agent/programs/rings.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "agent/programs/limits.h"
#include "base/numbers.h"
#include "library/limits.h"

namespace candor {
namespace {

using library::BlockHeader;
using library::RingHeader;

constexpr std::string_view kUnfinished = ".new";

bool read_at(int fd, std::uint64_t at, char* bytes, std::size_t size) {
  while (size > 0) {
    const auto got = ::pread(fd, bytes, size, static_cast<off_t>(at));
    if (got <= 0) return false;
    bytes += got;
    at += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

template <typename Type>
bool read_at(int fd, std::uint64_t at, Type& value) {
  return read_at(fd, at, reinterpret_cast<char*>(&value), sizeof value);
}

// Seconds since 1970; nothing when there is no such process.
std::optional<std::int64_t> start_of(std::uint32_t pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  const auto boot = read_file("/proc/stat");
  if (!stat.ok() || !boot.ok()) return std::nullopt;
  // The name of the program, which may hold anything, ends at the last bracket; the 20th word
  // behind it is the moment, in ticks since the machine began.
  std::istringstream words(stat->substr(stat->rfind(')') + 1));
  std::string word;
  for (int i = 0; i < 20; ++i) words >> word;
  const auto ticks = parse_unsigned<std::int64_t>(word);
  const auto at = boot->find("\nbtime ");
  if (!ticks || at == std::string::npos) return std::nullopt;
  std::istringstream rest(boot->substr(at + 7));
  std::int64_t began = 0;
  rest >> began;
  return began + *ticks / ::sysconf(_SC_CLK_TCK);
}

// Whether the process of that number is the one that made the ring, as far as can be told: one that
// closed all of its descriptors, as daemons do, lost its lock and goes on. What it has mapped may
// not be for this one's eyes; that it began after the ring did everybody may see.
bool is_used_by(const RingHeader& header, const std::string& name) {
  const auto maps = read_file(fmt::format("/proc/{}/maps", header.pid));
  if (maps.ok()) return maps->find("/" + name + "\n") != std::string::npos;
  if (maps.error().kind == ErrorKind::kNotFound) return false;
  constexpr std::int64_t kClockRoughness = 2;  // seconds
  const auto start = start_of(header.pid);
  return start && *start <= header.began_ms / 1000 + kClockRoughness;
}

ProgramState program_of(int fd, const std::string& name) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return ProgramState::kRuns;
  RingHeader header{};
  if (!read_at(fd, 0, header) || !is_used_by(header, name)) return ProgramState::kEnded;
  ::flock(fd, LOCK_UN);
  return ProgramState::kRuns;
}

// Where a ring's last block ends. The rest of the file is space that was never used.
std::uint64_t used_bytes(const RingHeader& header, std::uint64_t file_bytes) {
  const auto blocks = std::min(header.blocks, header.most_blocks);
  const auto used = header.blocks_at + std::uint64_t{blocks} * header.block_bytes;
  return std::min(used, file_bytes);
}

}  // namespace

StateFolder programs_of(const StateFolder& state) {
  return StateFolder(state.file(library::kFolder));
}

Result<FileLock> lock_rings(const StateFolder& programs) { return programs.lock("rings.lock"); }

Result<std::vector<std::string>> ring_names(const StateFolder& programs) {
  CANDOR_ASSIGN(names, list_files(programs.path()));
  std::erase_if(names, [](const auto& name) { return !name.ends_with(library::kRingSuffix); });
  if (names.size() > library::kMaxRings) names.resize(library::kMaxRings);
  return names;
}

void remove_unfinished_rings(const StateFolder& programs, Instant now) {
  const auto files = list_files(programs.path());
  if (!files.ok()) return;
  for (const auto& name : *files) {
    struct stat found {};
    if (!name.ends_with(fmt::format("{}{}", library::kRingSuffix, kUnfinished)) ||
        ::lstat(programs.file(name).c_str(), &found) != 0)
      continue;
    const auto begun = from_unix_millis(std::int64_t{found.st_mtim.tv_sec} * 1000);
    if (now - begun <= kUnfinishedRingAge) continue;
    [[maybe_unused]] const auto ignored = programs.remove(name);
  }
}

std::optional<OpenRing> OpenRing::open(const StateFolder& programs, const std::string& name) {
  auto path = programs.file(name);
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat found {};
  if (!fd.is_open() || ::fstat(fd.get(), &found) != 0 || !S_ISREG(found.st_mode))
    return std::nullopt;
  const auto program = program_of(fd.get(), name);
  return OpenRing(std::move(fd), std::move(path), program);
}

void OpenRing::look(RingsLook& look) const {
  const bool runs = program_ == ProgramState::kRuns;
  look.programs += runs ? 1 : 0;
  look.is_due |= !runs;
  RingHeader header{};
  if (!read_at(fd_.get(), 0, header)) return;
  look.dropped += header.dropped;
  const auto blocks = std::min({header.blocks, header.most_blocks, library::kMostBlocks});
  for (std::uint32_t block = 0; block < blocks; ++block) {
    BlockHeader of{};
    if (!read_at(fd_.get(), header.blocks_at + std::uint64_t{block} * header.block_bytes, of))
      return;
    look.has_events |= of.written != of.read;
    look.is_due |= of.written - of.read >= header.event_bytes / 2;
    look.dropped += of.dropped;
  }
}

const library::RingView* OpenRing::read() {
  view_.reset();
  struct stat found {};
  RingHeader header{};
  if (::fstat(fd_.get(), &found) != 0 || !read_at(fd_.get(), 0, header)) return nullptr;
  const auto used = used_bytes(header, static_cast<std::uint64_t>(found.st_size));
  if (used > library::kMaxRingBytes) return nullptr;
  bytes_.resize(used);
  if (read_at(fd_.get(), 0, bytes_.data(), bytes_.size())) view_ = library::RingView::open(bytes_);
  return view_ ? &*view_ : nullptr;
}

Status OpenRing::took(const std::vector<std::uint64_t>& taken) const {
  for (std::uint32_t block = 0; block < taken.size(); ++block) {
    const auto at = static_cast<off_t>(view_->read_at(block));
    const auto wrote = ::pwrite(fd_.get(), &taken[block], sizeof taken[block], at);
    if (wrote != static_cast<ssize_t>(sizeof taken[block])) return system_error("write", path_);
  }
  return Ok{};
}

RingsLook look_at_rings(const StateFolder& programs, const std::vector<std::string>& names) {
  RingsLook look;
  for (const auto& name : names) {
    if (const auto ring = OpenRing::open(programs, name)) ring->look(look);
  }
  return look;
}

}  // namespace candor
