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

// The folders in a folder; `failed` says when it cannot be read to its end.
std::vector<Path> folders_in(const Path& folder, std::error_code& failed) {
  std::vector<Path> out;
  for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code gone;
    if (it->is_directory(gone)) out.push_back(it->path());
  }
  return out;
}

// Whether the part may be there: a token that is taken back though its rows are there would have
// them stored twice.
bool may_have_part(const Path& table, const PartName& part) {
  std::error_code failed;
  const auto folders = folders_in(table, failed);
  return failed || std::ranges::any_of(folders, [&](const Path& folder) {
           const auto text = folder.filename().string();
           const auto name = part_name(text);
           return name && name->covers(part);
         });
}

// OPERATION \t PART \t TOKEN \n
struct LogLine {
  char operation;         // '1': a part was added; '2': it was dropped, and its token with it
  std::string_view rest;  // behind the operation, with the end of the line
  std::string_view part() const { return rest.substr(1, rest.find('\t', 1) - 1); }
};

// The last insert of a log that ends with a whole line, unless it was taken back behind it.
std::optional<LogLine> last_insert(std::string_view text) {
  std::vector<std::string_view> dropped;
  while (!text.empty()) {
    const auto start = text.size() < 2 ? 0 : text.rfind('\n', text.size() - 2) + 1;
    const auto line = text.substr(start);
    text = text.substr(0, start);
    if (line.size() < 2 || line[1] != '\t') return std::nullopt;
    const LogLine read{line[0], line.substr(1)};
    if (read.operation == '2') {
      dropped.push_back(read.rest);
      continue;
    }
    if (read.operation == '1' && std::ranges::find(dropped, read.rest) == dropped.end())
      return read;
    break;
  }
  return std::nullopt;
}

// Whether an insert into this table can be sent again now.
Result<bool> mend(const Path& table) {
  CANDOR_ASSIGN(log, newest_log(table / "deduplication_logs"));
  if (!log) return false;
  CANDOR_ASSIGN(text, read_file(*log, kMaxTokenLogBytes));
  const auto whole = text.rfind('\n') + 1;  // 0 when there is none
  const bool torn = whole < text.size();
  if (torn) {
    std::error_code failed;
    std::filesystem::resize_file(*log, whole, failed);
    if (failed) return system_error("shorten", *log);
    text.resize(whole);
  }
  const auto insert = last_insert(text);
  const auto part = insert ? part_name(insert->part()) : std::nullopt;
  if (!part || may_have_part(table, *part)) return torn;
  CANDOR_TRY(append_file(*log, std::string("2").append(insert->rest)));
  return true;
}

}  // namespace

Result<int> forget_cut_off_inserts(const Path& data) {
  int mended = 0;
  std::error_code failed;  // what cannot be read is ClickHouse's to complain about
  for (const auto& prefix : folders_in(data / "store", failed)) {
    for (const auto& table : folders_in(prefix, failed)) {
      CANDOR_ASSIGN(cut_off, mend(table));
      mended += cut_off;
    }
  }
  return mended;
}

}  // namespace candor
