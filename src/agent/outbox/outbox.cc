#include "agent/outbox/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/outbox/limits.h"

namespace candor {
namespace {

constexpr std::string_view kOutbox = "outbox";
constexpr std::string_view kSent = "sent";
constexpr std::string_view kRefused = "refused";
constexpr std::string_view kLog = "sent/log.jsonl";
constexpr std::string_view kJson = ".json";
constexpr std::string_view kReceipt = ".receipt.json";

std::string in(std::string_view folder, std::string_view id, std::string_view suffix = kJson) {
  return fmt::format("{}/{}{}", folder, id, suffix);
}

// The ids of the reports in a folder, oldest first.
Result<std::vector<std::string>> ids_in(const StateFolder& state, std::string_view folder) {
  CANDOR_ASSIGN(names, list_files(state.file(folder)));
  std::vector<std::string> ids;
  for (const auto& name : names) {
    if (!name.ends_with(kJson) || name.ends_with(kReceipt)) continue;
    ids.push_back(name.substr(0, name.size() - kJson.size()));
  }
  return ids;
}

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

}  // namespace

std::optional<Instant> sealed_at_of(std::string_view id) {
  // "20261121T070000.123Z-1a2b3c4d"
  if (id.size() < 20) return std::nullopt;
  return parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}", id.substr(0, 4), id.substr(4, 2),
                                   id.substr(6, 2), id.substr(9, 2), id.substr(11, 2),
                                   id.substr(13, 7)));
}

std::vector<std::string> over_limits(const std::vector<PendingReport>& pending, Instant now) {
  std::vector<std::string> gone;
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  for (auto report = pending.rbegin(); report != pending.rend(); ++report) {
    const bool old = report->sealed_at && now - *report->sealed_at > kMaxPendingAge;
    if (old || kept == kMaxPendingReports || bytes + report->bytes > kMaxPendingBytes) {
      gone.push_back(report->id);
      continue;
    }
    ++kept;
    bytes += report->bytes;
  }
  std::ranges::reverse(gone);
  return gone;
}

Result<std::vector<PendingReport>> Outbox::pending() const {
  CANDOR_ASSIGN(ids, ids_in(state_, kOutbox));
  std::vector<PendingReport> reports;
  for (auto& id : ids) {
    std::error_code gone;
    const auto size = std::filesystem::file_size(state_.file(in(kOutbox, id)), gone);
    if (gone) continue;
    const auto sealed_at = sealed_at_of(id);
    reports.push_back({std::move(id), size, sealed_at});
  }
  return reports;
}

Result<std::size_t> Outbox::expire(Instant now) const {
  CANDOR_ASSIGN(reports, pending());
  const auto gone = over_limits(reports, now);
  for (const auto& id : gone) CANDOR_TRY(state_.remove(in(kOutbox, id)));
  return gone.size();
}

Result<std::size_t> Outbox::put(const SealedDocument& report, Instant now) const {
  CANDOR_TRY(state_.make(kOutbox));
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_TRY(state_.write(in(kOutbox, report.id()), report.bytes()));
  return expire(now);
}

Result<std::string> Outbox::read(std::string_view id) const { return state_.read(in(kOutbox, id)); }

Status Outbox::mark_sent(const LogEntry& entry, const Json& receipt) const {
  CANDOR_TRY(state_.make(kSent));
  CANDOR_ASSIGN(lock, state_.lock());
  if (!receipt.is_null())
    CANDOR_TRY(state_.write(in(kSent, entry.id, kReceipt), to_pretty(receipt)));
  return finish(entry, kSent);
}

Status Outbox::mark_refused(const LogEntry& entry) const {
  CANDOR_TRY(state_.make(kSent));
  CANDOR_TRY(state_.make(kRefused));
  CANDOR_ASSIGN(lock, state_.lock());
  return finish(entry, kRefused);
}

Status Outbox::finish(const LogEntry& entry, std::string_view folder) const {
  // The log line before the move: a crash between them leaves a report that is sent again and
  // answered "duplicate", which the log then says too. The other order could lose the line.
  CANDOR_TRY(state_.append(kLog, to_line(to_json(entry)) + "\n"));
  const auto moved = state_.rename(in(kOutbox, entry.id), in(folder, entry.id));
  // `off` may have dropped it while it was on its way; it was sent all the same.
  if (!moved.ok() && moved.error().kind != ErrorKind::kNotFound) return moved;
  return trim(folder);
}

Status Outbox::trim(std::string_view folder) const {
  CANDOR_ASSIGN(ids, ids_in(state_, folder));
  if (ids.size() <= kMaxKeptReports) return Ok{};
  for (std::size_t i = 0; i < ids.size() - kMaxKeptReports; ++i) {
    CANDOR_TRY(state_.remove(in(folder, ids[i])));
    CANDOR_TRY(state_.remove(in(folder, ids[i], kReceipt)));
  }
  return Ok{};
}

Status Outbox::drop(std::string_view id) const {
  CANDOR_ASSIGN(lock, state_.lock());
  return state_.remove(in(kOutbox, id));
}

Result<std::size_t> Outbox::drop_pending() const {
  CANDOR_ASSIGN(files, list_files(state_.file(kOutbox)));
  if (files.empty()) return std::size_t{0};
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(ids, ids_in(state_, kOutbox));
  for (const auto& id : ids) CANDOR_TRY(state_.remove(in(kOutbox, id)));
  // What a crash left half written was seen under the old decision as well.
  for (const auto& file : files) CANDOR_TRY(state_.remove(fmt::format("{}/{}", kOutbox, file)));
  return ids.size();
}

Result<std::size_t> Outbox::refused() const {
  CANDOR_ASSIGN(ids, ids_in(state_, kRefused));
  return ids.size();
}

Result<std::optional<LogEntry>> Outbox::last_sent() const {
  const auto text = state_.read_end(kLog, kLogEndBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return std::optional<LogEntry>();
  if (!text.ok()) return text.error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    if (rest.ends_with('\n')) rest.remove_suffix(1);
    const auto begin = rest.rfind('\n') == std::string_view::npos ? 0 : rest.rfind('\n') + 1;
    auto entry = entry_of(rest.substr(begin));
    if (entry && entry->status != "refused") return entry;
    rest.remove_suffix(rest.size() - begin);
  }
  return std::optional<LogEntry>();
}

}  // namespace candor
