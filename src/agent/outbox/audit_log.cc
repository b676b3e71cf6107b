#include "agent/outbox/audit_log.h"

#include <fmt/format.h>

#include "agent/outbox/limits.h"

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

Result<std::vector<LogEntry>> AuditLog::entries() const {
  std::vector<LogEntry> found;
  for (const auto name : {kOlderLog, kLog}) {
    CANDOR_ASSIGN(text, end_of(state_, name, kMaxLogBytes + kLogEndBytes));
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      if (auto entry = entry_of(rest.substr(0, end))) found.push_back(std::move(*entry));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return found;
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
