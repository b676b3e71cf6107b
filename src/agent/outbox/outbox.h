// Sealed reports as files: pending, sent, refused; and the log of what was sent.
//
//   outbox/ID.json                       pending
//   sent/ID.json, sent/ID.receipt.json   sent, and what the collector signed for it
//   sent/ID.answer.json                  what else the collector answered
//   sent/log.jsonl                       one line for each report sent or refused (audit_log.h)
//   refused/ID.json                      refused by the collector; kept, not sent again
//   dropped.json                         how many reports were dropped unsent, by the limits or
//                                        because they were damaged, since the last report that told
//                                        it
//   last-failure.json                    why the last try to send failed (last_failure.h)
//
// The bytes of a report never change on the way. Every change is made under the state folder's lock
// and is one rename, so after a crash a report is in exactly one place. Safe from many processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/outbox/audit_log.h"
#include "agent/outbox/limits.h"
#include "agent/seal/sealed_document.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"

namespace candor {

struct PendingReport {
  std::string id;
  std::uint64_t bytes = 0;
  std::optional<Instant> sealed_at;  // nothing when the file's name is not one of ours
};

// Where a report is.
enum class Whereabouts { kPending, kSent, kRefused };

struct OutboxLimits {
  std::size_t pending = kMaxPendingReports;
  std::uint64_t pending_bytes = kMaxPendingBytes;
  std::chrono::hours pending_age = kMaxPendingAge;
  std::size_t kept = kMaxKeptReports;
};
inline constexpr OutboxLimits kReportLimits;
inline constexpr OutboxLimits kEventFileLimits{kMaxPendingEventFiles, kMaxPendingEventBytes,
                                               kMaxPendingAge, kMaxKeptEventFiles};
inline constexpr OutboxLimits kMetricFileLimits{kMaxPendingMetricFiles, kMaxPendingMetricBytes,
                                                kMaxPendingMetricAge, kMaxKeptMetricFiles};

// Which pending reports have to go, so that the limits hold: by id, oldest first. `pending` is in
// order of age, oldest first. Pure.
std::vector<std::string> over_limits(const std::vector<PendingReport>& pending, Instant now,
                                     const OutboxLimits& limits = kReportLimits);

class Outbox {
 public:
  // `state` must outlive the outbox.
  explicit Outbox(const StateFolder& state, const OutboxLimits& limits = kReportLimits)
      : state_(state), limits_(limits) {}

  // Adds a report, and drops the oldest ones beyond the limits. How many were dropped.
  Result<std::size_t> put(const SealedDocument& report, Instant now) const;
  // Drops what is over the limits, and removes what a crash left half written; how many reports
  // were dropped.
  Result<std::size_t> expire(Instant now) const;

  // Drops the pending reports whose bytes are no longer those that were sealed, and counts them as
  // lost; a sentence for each that was.
  Result<std::vector<std::string>> drop_damaged() const;

  // Oldest first.
  Result<std::vector<PendingReport>> pending() const;
  // The bytes of a pending report; kNotFound when it is no longer there.
  Result<std::string> read(std::string_view id) const;

  // Moves a pending report to sent/ with the collector's answer and its receipt, and logs it. The
  // receipt is kept as receipt_text has it, so that each of its bytes can be checked; an answer
  // without one leaves none.
  Status mark_sent(const LogEntry& entry, const Json& answer) const;
  Status mark_refused(const LogEntry& entry) const;
  // Removes one pending report; fine when it is not there.
  Status drop(std::string_view id) const;
  // Removes every pending report, what a crash left of one, the count of those lost and why the
  // last try failed; how many reports there were.
  Result<std::size_t> drop_pending() const;

  // How many reports the collector refused that are still kept.
  Result<std::size_t> refused() const;
  // The last line of the log whose status is not "refused"; nothing when nothing was ever sent.
  Result<std::optional<LogEntry>> last_sent() const { return log().last_sent(); }
  AuditLog log() const { return AuditLog(state_); }

  // The ids of all reports whose bytes are kept, oldest first, each once.
  Result<std::vector<std::string>> kept() const;
  // Where the report is; nothing when it is nowhere.
  std::optional<Whereabouts> find(std::string_view id) const;
  // The bytes of a report, wherever it is; kNotFound when its bytes are not kept.
  Result<std::string> read_kept(std::string_view id) const;
  // The text of the receipt of a sent report; kNotFound when it has none.
  Result<std::string> read_receipt(std::string_view id) const;

  // How many reports were dropped unsent, because of the limits, that no report has told yet.
  Result<std::uint64_t> lost() const;
  // A report that is queued tells that so many were lost.
  Status told_lost(std::uint64_t count) const;

 private:
  Status finish(const LogEntry& entry, std::string_view folder) const;
  Result<std::size_t> expire_locked(Instant now) const;
  Status add_lost(std::int64_t count) const;
  Status remove_unfinished() const;
  Status trim(std::string_view folder) const;
  const StateFolder& state_;
  const OutboxLimits limits_;
};

}  // namespace candor
