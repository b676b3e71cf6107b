#include "agent/collect/crash_records.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "agent/collect/crash_limits.h"
#include "base/digest.h"
#include "base/limits.h"

namespace candor {
namespace {

constexpr std::string_view kSignals[] = {"SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"};
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kOffsetDigits = 16;
constexpr std::size_t kArchitectureBytes = 16;

// A member that is a text of at most so many printable bytes.
std::optional<std::string> word(const Json& json, std::string_view key, std::size_t longest) {
  const auto* member = find_member(json, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  auto text = member->get<std::string>();
  const bool printable =
      std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '/'; });
  return printable && text.size() <= longest ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<Json> frame_of(const Json& json) {
  const auto module = word(json, "module", kMaxCrashWordBytes);
  const auto build_id = word(json, "build_id", kMaxCrashWordBytes);
  const auto offset = word(json, "offset", 2 + kOffsetDigits);
  if (!module || !build_id || !offset || !is_hex(*build_id)) return std::nullopt;
  if (!offset->starts_with("0x") || offset->size() < 3 || !is_hex(offset->substr(2)))
    return std::nullopt;
  return Json{{"module", *module}, {"build_id", *build_id}, {"offset", *offset}};
}

struct File {
  Path path;
  Instant changed;
};

// Regular files, newest first.
Result<std::vector<File>> files_of(const std::vector<Path>& folders) {
  std::vector<File> files;
  for (const auto& folder : folders) {
    CANDOR_ASSIGN(names, list_files(folder));
    for (const auto& name : names) {
      struct stat status {};
      if (::lstat((folder / name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      const std::int64_t millis =
          std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
      files.push_back({folder / name, from_unix_millis(millis)});
    }
  }
  std::ranges::stable_sort(files, [](const File& a, const File& b) {
    return std::pair(a.changed, a.path) > std::pair(b.changed, b.path);
  });
  return files;
}

}  // namespace

std::optional<Json> crash_record(std::string_view text) {
  const auto json = parse_json(text);
  if (!json.ok() || integer_member(*json, "candor_crash") != 1) return std::nullopt;
  const auto id = word(*json, "id", kIdDigits);
  const auto program = word(*json, "program", kMaxCrashWordBytes);
  const auto version = word(*json, "version", kMaxCrashWordBytes);
  const auto signal = word(*json, "signal", kMaxCrashWordBytes);
  const auto time = word(*json, "time", kMaxCrashWordBytes);
  const auto architecture = word(*json, "architecture", kArchitectureBytes);
  const auto* frames = find_member(*json, "frames");
  if (!id || id->size() != kIdDigits || !is_hex(*id) || !program || !version || !architecture)
    return std::nullopt;
  if (!signal || std::ranges::find(kSignals, *signal) == std::end(kSignals)) return std::nullopt;
  const auto when = time ? parse_rfc3339(*time) : std::nullopt;
  if (!when || frames == nullptr || !frames->is_array() || frames->size() > kMaxCrashRecordFrames)
    return std::nullopt;
  Json kept = Json::array();
  std::string lines;
  for (const auto& frame : *frames) {
    auto read = frame_of(frame);
    if (!read) return std::nullopt;
    lines += fmt::format("{}\t{}\t{}\n", string_member(*read, "module"),
                         string_member(*read, "build_id"), string_member(*read, "offset"));
    kept.push_back(std::move(*read));
  }
  return Json{{"id", *id},
              {"program", *program},
              {"version", *version},
              {"signal", *signal},
              {"time", format_rfc3339(*when)},
              {"architecture", *architecture},
              {"signature", sha256_hex(lines)},
              {"frames", std::move(kept)}};
}

Result<Json> collect_crash_records(const std::vector<Path>& folders, std::optional<Instant> since,
                                   Instant now) {
  CANDOR_ASSIGN(files, files_of(folders));
  std::vector<Json> crashes;
  std::size_t records = 0, damaged = 0;
  for (const auto& file : files) {
    const bool finished = file.path.extension() == ".json";
    if (now - file.changed > kMaxCrashRecordAge || (finished && ++records > kMaxCrashRecords)) {
      // A folder that is only read is another's to clear; what is beyond stays unread all the same.
      [[maybe_unused]] const auto ignored = remove_file(file.path);
      continue;
    }
    if (!finished) continue;  // another program is just writing it
    const auto text = read_file(file.path, kMaxCrashFileBytes);
    auto record = text.ok() ? crash_record(*text) : std::nullopt;
    if (!record) {
      if (!since || file.changed >= *since) ++damaged;
    } else if (!since || *parse_rfc3339(string_member(*record, "time")) >= *since) {
      crashes.push_back(std::move(*record));
    }
  }
  std::ranges::stable_sort(
      crashes, {}, [](const Json& crash) { return parse_rfc3339(string_member(crash, "time")); });
  Json result = {{"program_crashes", crashes}};
  if (damaged > 0) result["program_crashes_damaged"] = damaged;
  return result;
}

}  // namespace candor
