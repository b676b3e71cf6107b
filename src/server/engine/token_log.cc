#include "server/engine/token_log.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "server/engine/limits.h"

namespace candor {
namespace {

constexpr std::string_view kLogPrefix = "deduplication_log_";
constexpr std::string_view kLogSuffix = ".txt";

// ClickHouse's name of a part: PARTITION_MIN_MAX_LEVEL, and _MUTATION once it was rewritten.
struct PartName {
  std::string_view partition;
  std::uint64_t min = 0, max = 0;

  bool covers(const PartName& other) const {
    return partition == other.partition && min <= other.min && other.max <= max;
  }
};

std::optional<PartName> part_name(std::string_view text) {
  const auto partition_end = text.find('_');
  if (partition_end == text.npos || partition_end == 0) return std::nullopt;
  PartName name{text.substr(0, partition_end)};
  const char* at = text.data() + partition_end + 1;
  const char* const end = text.data() + text.size();
  for (auto* number : {&name.min, &name.max}) {
    const auto read = std::from_chars(at, end, *number);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != '_') return std::nullopt;
    at = read.ptr + 1;
  }
  return name;
}

// The newest log that has a line: a new one is begun right after the last line of the old.
Result<std::optional<Path>> newest_log(const Path& logs) {
  CANDOR_ASSIGN(files, list_files(logs));
  std::optional<Path> newest;
  std::uint64_t highest = 0;
  for (const std::string_view file : files) {
    if (!file.starts_with(kLogPrefix) || !file.ends_with(kLogSuffix)) continue;
    std::uint64_t number = 0;
    std::from_chars(file.data() + kLogPrefix.size(), file.data() + file.size(), number);
    std::error_code gone;
    if (number < highest || std::filesystem::file_size(logs / file, gone) == 0) continue;
    highest = number;
    newest = logs / file;
  }
  return newest;
}

bool has_part(const Path& table, const PartName& part) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(table, failed)) {
    const auto text = entry.path().filename().string();
    const auto name = part_name(text);
    if (name && name->covers(part)) return true;
  }
  return static_cast<bool>(failed);  // what cannot be read is ClickHouse's to complain about
}

// Whether a line was taken out of the log of this table.
Result<bool> mend(const Path& table) {
  CANDOR_ASSIGN(log, newest_log(table / "deduplication_logs"));
  if (!log) return false;
  CANDOR_ASSIGN(text, read_file(*log, kMaxTokenLogBytes));
  const auto whole = text.rfind('\n') + 1;  // 0 when there is none
  const auto before = whole < 2 ? 0 : text.rfind('\n', whole - 2) + 1;
  // OPERATION \t PART \t PARTITION_TOKEN, where 1 is an insert and 2 a part that was dropped.
  const auto line = std::string_view(text).substr(before, whole - before);
  std::size_t keep = whole;
  if (line.starts_with("1\t")) {
    const auto part = part_name(line.substr(2, line.find('\t', 2) - 2));
    if (part && !has_part(table, *part)) keep = before;
  }
  if (keep == text.size()) return false;
  std::error_code failed;
  std::filesystem::resize_file(*log, keep, failed);
  if (failed) return system_error("shorten", *log);
  return true;
}

}  // namespace

Result<int> forget_cut_off_inserts(const Path& data) {
  int mended = 0;
  std::error_code failed;
  for (const auto& prefix : std::filesystem::directory_iterator(data / "store", failed)) {
    for (const auto& table : std::filesystem::directory_iterator(prefix.path(), failed)) {
      CANDOR_ASSIGN(cut_off, mend(table.path()));
      mended += cut_off;
    }
  }
  return mended;
}

}  // namespace candor
