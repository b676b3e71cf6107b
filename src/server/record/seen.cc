#include "server/record/seen.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "server/record/limits.h"

namespace candor {
namespace {

constexpr std::uint64_t kMaxSeenFileBytes = 4ull << 30;

// An append that was cut short would shift all keys behind it.
Status cut_torn_key(const Path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error || bytes % sizeof(RecordKey) == 0) return Ok{};
  const auto whole = static_cast<off_t>(bytes - bytes % sizeof(RecordKey));
  return ::truncate(file.c_str(), whole) == 0 ? Status(Ok{}) : Status(system_error("cut", file));
}

}  // namespace

Result<SeenDocuments> SeenDocuments::open(Path folder, Instant now, std::chrono::days days) {
  CANDOR_TRY(make_folder(folder));
  SeenDocuments seen(std::move(folder), days);
  CANDOR_TRY(seen.forget_old(now));
  CANDOR_ASSIGN(names, list_files(seen.folder_));
  for (const auto& name : names) {
    const auto day = parse_day(name);
    if (!day) continue;
    CANDOR_ASSIGN(bytes, read_file(seen.folder_ / name, kMaxSeenFileBytes));
    for (std::size_t at = 0; at + sizeof(RecordKey) <= bytes.size(); at += sizeof(RecordKey)) {
      RecordKey key;
      std::memcpy(&key, bytes.data() + at, sizeof key);
      seen.keys_.emplace(key, static_cast<std::int32_t>(day_of(*day)));
    }
    CANDOR_TRY(cut_torn_key(seen.folder_ / name));
  }
  return seen;
}

bool SeenDocuments::add(RecordKey key, Instant received) {
  const auto day = day_of(received);
  if (!keys_.emplace(key, static_cast<std::int32_t>(day)).second) return false;
  unwritten_[day].append(reinterpret_cast<const char*>(&key), sizeof key);
  return true;
}

Status SeenDocuments::sync() {
  const auto keys = take_unwritten();
  auto written = write(folder_, keys);
  if (!written.ok()) give_back(keys);
  return written;
}

// A key that stands in a file twice, because it was written and not synced the first time, is one
// key.
Status SeenDocuments::write(const Path& folder, const Unwritten& keys) {
  for (const auto& [day, bytes] : keys) {
    const auto path = folder / format_day(day);
    CANDOR_TRY(cut_torn_key(path));  // of an attempt that found the disk full
    CANDOR_TRY(append_file(path, bytes));
    const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.is_open() || ::fdatasync(fd.get()) != 0) return system_error("sync", path);
  }
  return keys.empty() ? Status(Ok{}) : sync_folder(folder);
}

void SeenDocuments::give_back(const Unwritten& keys) {
  for (const auto& [day, bytes] : keys) unwritten_[day] += bytes;
}

Status SeenDocuments::forget_old(Instant now) {
  const auto oldest = day_of(now) - days_.count();
  if (oldest == forgotten_before_) return Ok{};
  forgotten_before_ = oldest;
  std::erase_if(keys_, [&](const auto& entry) { return entry.second < oldest; });
  CANDOR_ASSIGN(names, list_files(folder_));
  for (const auto& name : names) {
    const auto day = parse_day(name);
    if (day && day_of(*day) < oldest) CANDOR_TRY(remove_file(folder_ / name));
  }
  return Ok{};
}

}  // namespace candor
