#include "agent/outbox/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/outbox/last_failure.h"
#include "agent/outbox/limits.h"
#include "agent/seal/report_id.h"
#include "base/digest.h"
#include "contract/receipt.h"

namespace candor {
namespace {

constexpr std::string_view kOutbox = "outbox";
constexpr std::string_view kSent = "sent";
constexpr std::string_view kRefused = "refused";
constexpr std::string_view kJson = ".json";
constexpr std::string_view kReceipt = ".receipt.json";
constexpr std::string_view kAnswer = ".answer.json";
constexpr std::string_view kTemporary = ".tmp";  // of base/files.h's write_file
constexpr std::string_view kDropped = "dropped.json";

std::string in(std::string_view folder, std::string_view id, std::string_view suffix = kJson) {
  return fmt::format("{}/{}{}", folder, id, suffix);
}

// The ids of the reports in a folder, oldest first.
Result<std::vector<std::string>> ids_in(const StateFolder& state, std::string_view folder) {
  CANDOR_ASSIGN(names, list_files(state.file(folder)));
  std::vector<std::string> ids;
  for (const auto& name : names) {
    if (!name.ends_with(kJson) || name.ends_with(kReceipt) || name.ends_with(kAnswer)) continue;
    ids.push_back(name.substr(0, name.size() - kJson.size()));
  }
  return ids;
}

std::string_view folder_of(Whereabouts where) {
  switch (where) {
    case Whereabouts::kPending:
      return kOutbox;
    case Whereabouts::kSent:
      return kSent;
    case Whereabouts::kRefused:
      break;
  }
  return kRefused;
}

// A report's id ends with the beginning of its SHA-256.
bool is_damaged(std::string_view id, std::string_view bytes) {
  const auto dash = id.rfind('-');
  if (!sealed_at_of(id) || dash == std::string_view::npos) return !parse_json(bytes).ok();
  return !sha256_hex(bytes).starts_with(id.substr(dash + 1));
}

// How many lost reports a report tells of, which are lost anew when it is lost itself.
std::int64_t lost_in(std::string_view report) {
  const auto json = parse_json(report);
  const auto* header = json.ok() ? find_member(*json, "candor") : nullptr;
  if (header == nullptr) return 0;
  return std::clamp<std::int64_t>(integer_member(*header, "lost"), 0, kMaxLostTold);
}

}  // namespace

std::vector<std::string> over_limits(const std::vector<PendingReport>& pending, Instant now,
                                     const OutboxLimits& limits) {
  std::vector<std::string> gone;
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  for (auto report = pending.rbegin(); report != pending.rend(); ++report) {
    const bool old = report->sealed_at && now - *report->sealed_at > limits.pending_age;
    if (old || kept == limits.pending || bytes + report->bytes > limits.pending_bytes) {
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
  // Where nothing is, nothing is made: not even a lock.
  if (!state_.has(kOutbox)) return std::size_t{0};
  CANDOR_ASSIGN(lock, state_.lock());
  return expire_locked(now);
}

Result<std::size_t> Outbox::expire_locked(Instant now) const {
  CANDOR_TRY(remove_unfinished());
  CANDOR_ASSIGN(reports, pending());
  const auto gone = over_limits(reports, now, limits_);
  for (const auto& id : gone) {
    const auto bytes = read(id);
    // Counted first: a crash in between counts one twice, which is better than not at all.
    CANDOR_TRY(add_lost(1 + (bytes.ok() ? lost_in(*bytes) : 0)));
    CANDOR_TRY(state_.remove(in(kOutbox, id)));
  }
  return gone.size();
}

Result<std::vector<std::string>> Outbox::drop_damaged() const {
  std::vector<std::string> gone;
  if (!state_.has(kOutbox)) return gone;
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(ids, ids_in(state_, kOutbox));
  for (auto& id : ids) {
    CANDOR_ASSIGN(bytes, read(id));
    if (!is_damaged(id, bytes)) continue;
    CANDOR_TRY(add_lost(1 + lost_in(bytes)));
    CANDOR_TRY(state_.remove(in(kOutbox, id)));
    gone.push_back(fmt::format(
        "The pending report {} was damaged in {}: its bytes are not those that were sealed. It was "
        "dropped unsent.",
        id, state_.file(kOutbox).string()));
  }
  return gone;
}

Status Outbox::remove_unfinished() const {
  for (const auto folder : {kOutbox, kSent, kRefused}) {
    CANDOR_ASSIGN(names, list_files(state_.file(folder)));
    for (const auto& name : names) {
      // Writers hold the lock that is held now, so nobody is writing it still.
      if (name.ends_with(kTemporary)) CANDOR_TRY(state_.remove(fmt::format("{}/{}", folder, name)));
    }
  }
  return Ok{};
}

Result<std::uint64_t> Outbox::lost() const {
  const auto json = state_.read_json(kDropped);
  if (!json.ok() && json.error().kind == ErrorKind::kNotFound) return std::uint64_t{0};
  // A count that cannot be read keeps no report from being made.
  if (!json.ok() && json.error().kind == ErrorKind::kBadData) return std::uint64_t{0};
  if (!json.ok()) return json.error();
  return count_member(*json, "dropped");
}

Status Outbox::add_lost(std::int64_t count) const {
  CANDOR_ASSIGN(before, lost());
  const auto after = static_cast<std::int64_t>(before) + count;
  if (after <= 0) return state_.remove(kDropped);
  return state_.write(kDropped, to_pretty({{"format", 1}, {"dropped", after}}));
}

Status Outbox::told_lost(std::uint64_t count) const {
  if (count == 0) return Ok{};
  CANDOR_ASSIGN(lock, state_.lock());
  return add_lost(-static_cast<std::int64_t>(count));
}

Result<std::size_t> Outbox::put(const SealedDocument& report, Instant now) const {
  CANDOR_TRY(state_.make(kOutbox));
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_TRY(state_.write(in(kOutbox, report.id()), report.bytes()));
  return expire_locked(now);
}

Result<std::vector<std::string>> Outbox::kept() const {
  std::set<std::string> all;
  for (const auto folder : {kOutbox, kSent, kRefused}) {
    CANDOR_ASSIGN(ids, ids_in(state_, folder));
    all.insert(ids.begin(), ids.end());
  }
  return std::vector<std::string>(all.begin(), all.end());
}

std::optional<Whereabouts> Outbox::find(std::string_view id) const {
  for (const auto where : {Whereabouts::kPending, Whereabouts::kSent, Whereabouts::kRefused}) {
    if (state_.has(in(folder_of(where), id))) return where;
  }
  return std::nullopt;
}

Result<std::string> Outbox::read_kept(std::string_view id) const {
  const auto where = find(id);
  if (where) return state_.read(in(folder_of(*where), id));
  return Error{ErrorKind::kNotFound, fmt::format("The bytes of report {} are not kept.", id)};
}

Result<std::string> Outbox::read_receipt(std::string_view id) const {
  return state_.read(in(kSent, id, kReceipt));
}

Result<std::string> Outbox::read(std::string_view id) const { return state_.read(in(kOutbox, id)); }

Status Outbox::mark_sent(const LogEntry& entry, const Json& answer) const {
  CANDOR_TRY(state_.make(kSent));
  CANDOR_ASSIGN(lock, state_.lock());
  const auto receipt = receipt_of(answer);
  if (receipt.ok()) CANDOR_TRY(state_.write(in(kSent, entry.id, kReceipt), receipt_text(*receipt)));
  auto rest = answer.is_object() ? answer : Json::object();
  rest.erase("receipt");
  if (!rest.empty()) CANDOR_TRY(state_.write(in(kSent, entry.id, kAnswer), to_pretty(rest)));
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
  CANDOR_TRY(log().append(entry));
  const auto moved = state_.rename(in(kOutbox, entry.id), in(folder, entry.id));
  // `off` may have dropped it while it was on its way; it was sent all the same.
  if (!moved.ok() && moved.error().kind != ErrorKind::kNotFound) return moved;
  return trim(folder);
}

Status Outbox::trim(std::string_view folder) const {
  CANDOR_ASSIGN(ids, ids_in(state_, folder));
  if (ids.size() <= limits_.kept) return Ok{};
  for (std::size_t i = 0; i < ids.size() - limits_.kept; ++i) {
    CANDOR_TRY(state_.remove(in(folder, ids[i])));
    CANDOR_TRY(state_.remove(in(folder, ids[i], kReceipt)));
    CANDOR_TRY(state_.remove(in(folder, ids[i], kAnswer)));
  }
  return Ok{};
}

Status Outbox::drop(std::string_view id) const {
  CANDOR_ASSIGN(lock, state_.lock());
  return state_.remove(in(kOutbox, id));
}

Result<std::size_t> Outbox::drop_pending() const {
  if (!state_.has(kOutbox)) return std::size_t{0};
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(ids, ids_in(state_, kOutbox));
  for (const auto& id : ids) CANDOR_TRY(state_.remove(in(kOutbox, id)));
  CANDOR_TRY(remove_unfinished());
  CANDOR_TRY(state_.remove(kDropped));
  CANDOR_TRY(clear_failure(state_));
  return ids.size();
}

Result<std::size_t> Outbox::refused() const {
  CANDOR_ASSIGN(ids, ids_in(state_, kRefused));
  return ids.size();
}

}  // namespace candor
