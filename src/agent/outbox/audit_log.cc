#include "agent/outbox/audit_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/outbox/limits.h"
#include "agent/seal/report_id.h"

namespace candor {
namespace {

constexpr std::string_view kLog = "sent/log.jsonl";
constexpr std::string_view kOlderLog = "sent/log.1.jsonl";

Json to_json(const LogEntry& entry) {
  return {{"id", entry.id},
          {"sealed_at", entry.sealed_at ? Json(format_rfc3339(*entry.sealed_at)) : Json(nullptr)},
          {"sent_at", format_rfc3339(entry.sent_at)},
          {"bytes", entry.bytes},
          {"sha256", entry.sha256},
          {"status", entry.status},
          {"url", entry.url}};
}

std::optional<LogEntry> entry_of(std::string_view line) {
  const auto json = parse_json(line);
  if (!json.ok()) return std::nullopt;
  const auto sent_at = parse_rfc3339(string_member(*json, "sent_at"));
  if (!sent_at) return std::nullopt;
  LogEntry entry;
  entry.id = string_member(*json, "id");
  entry.sealed_at = parse_rfc3339(string_member(*json, "sealed_at"));
  entry.sent_at = *sent_at;
  entry.bytes = static_cast<std::uint64_t>(integer_member(*json, "bytes"));
  entry.sha256 = string_member(*json, "sha256");
  entry.status = string_member(*json, "status");
  entry.url = string_member(*json, "url");
  return entry;
}

// The newest line of `text` that `wanted` wants; a first line that is cut is no line.
template <typename Wanted>
std::optional<LogEntry> newest(std::string_view text, const Wanted& wanted) {
  while (!text.empty()) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const auto begin = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    auto entry = entry_of(text.substr(begin));
    if (entry && wanted(*entry)) return entry;
    text.remove_suffix(text.size() - begin);
  }
  return std::nullopt;
}

using Ids = std::set<std::string, std::less<>>;

// The reports that were sent or refused, and whose bytes are kept: each has a line.
Result<Ids> logged_ids(const StateFolder& state) {
  Ids ids;
  for (const auto folder : {"sent", "refused"}) {
    CANDOR_ASSIGN(names, list_files(state.file(folder)));
    for (const auto& name : names) {
      const auto end = name.find('.', name.find('Z'));  // an id has one point, before its Z
      if (end != std::string::npos && name.substr(end) == ".json") ids.insert(name.substr(0, end));
    }
  }
  return ids;
}

// What a crash leaves of a line is its beginning: so much of the id as it has. Nothing when the
// line is broken in another way.
std::optional<std::string_view> torn_id(std::string_view line) {
  constexpr std::string_view kBegin = R"({"id":")";
  if (line.ends_with('}')) return std::nullopt;
  if (kBegin.starts_with(line)) return "";
  if (!line.starts_with(kBegin)) return std::nullopt;
  line.remove_prefix(kBegin.size());
  return line.substr(0, line.find('"'));
}

struct BrokenLine {
  std::string file;
  std::size_t number;
  std::optional<std::string> torn;  // torn_id
};

struct Lines {
  std::vector<LogEntry> entries;
  std::vector<BrokenLine> broken;
};

void read_lines(std::string_view text, const Path& file, Lines& lines) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (auto entry = entry_of(line)) {
      lines.entries.push_back(std::move(*entry));
    } else {
      const auto torn = torn_id(line);
      lines.broken.push_back(
          {file.string(), number, torn ? std::optional<std::string>(*torn) : std::nullopt});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The end of a file, empty when it is not there.
Result<std::string> end_of(const StateFolder& state, std::string_view name, std::uint64_t bytes) {
  auto text = state.read_end(name, bytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return std::string();
  return text;
}

}  // namespace

Status AuditLog::append(const LogEntry& entry) const {
  std::error_code absent;
  const auto size = std::filesystem::file_size(state_.file(kLog), absent);
  if (!absent && size >= kMaxLogBytes) CANDOR_TRY(state_.rename(kLog, kOlderLog));
  CANDOR_ASSIGN(last, end_of(state_, kLog, 1));
  // A torn line ends here, so that it does not spoil this one.
  const std::string_view begin = last.empty() || last == "\n" ? "" : "\n";
  return state_.append(kLog, fmt::format("{}{}\n", begin, to_line(to_json(entry))));
}

Result<LogReading> AuditLog::read() const {
  // The folders first: a report that is sent meanwhile has its line before it is moved.
  CANDOR_ASSIGN(missing, logged_ids(state_));
  CANDOR_ASSIGN(text, end_of(state_, kLog, kMaxLogBytes + kLogEndBytes));
  CANDOR_ASSIGN(older, end_of(state_, kOlderLog, kMaxLogBytes + kLogEndBytes));
  // Turned over between the two: it was read twice.
  if (older.starts_with(text)) text.clear();
  Lines lines;
  read_lines(older, state_.file(kOlderLog), lines);
  read_lines(text, state_.file(kLog), lines);
  for (const auto& entry : lines.entries) missing.erase(entry.id);
  // Once a log was turned over, the lines of what was sealed before its first line may be gone.
  if (!older.empty() && !lines.entries.empty()) {
    std::erase_if(missing, [&](const std::string& id) {
      const auto sealed_at = sealed_at_of(id);
      return sealed_at && *sealed_at <= lines.entries.front().sent_at;
    });
  }
  LogReading reading{std::move(lines.entries), {}};
  for (const auto& line : lines.broken) {
    const auto is_its = [&](const std::string& id) { return id.starts_with(*line.torn); };
    if (line.torn && std::ranges::none_of(missing, is_its)) continue;
    reading.damage.push_back(
        fmt::format("{}, line {} is damaged and was left out.", line.file, line.number));
  }
  // Where lines are gone whole, the copies tell.
  if (reading.damage.empty() && !missing.empty()) {
    reading.damage.push_back(fmt::format(
        "{} is damaged: it has no line for {} of the reports kept beside it, such as {}.",
        state_.file(kLog).string(), missing.size(), *missing.rbegin()));
  }
  return reading;
}

Result<std::vector<LogEntry>> AuditLog::entries() const {
  CANDOR_ASSIGN(reading, read());
  return std::move(reading.entries);
}

Result<std::optional<LogEntry>> AuditLog::find(std::string_view id) const {
  for (const auto name : {kLog, kOlderLog}) {
    CANDOR_ASSIGN(text, end_of(state_, name, kMaxLogBytes + kLogEndBytes));
    auto entry = newest(text, [&](const LogEntry& line) { return line.id == id; });
    if (entry) return entry;
  }
  return std::optional<LogEntry>();
}

Result<std::optional<LogEntry>> AuditLog::last_sent() const {
  const auto sent = [](const LogEntry& line) { return line.status != "refused"; };
  for (const auto name : {kLog, kOlderLog}) {
    CANDOR_ASSIGN(text, end_of(state_, name, kLogEndBytes));
    if (auto entry = newest(text, sent)) return entry;
  }
  return std::optional<LogEntry>();
}

}  // namespace candor
