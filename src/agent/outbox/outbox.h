// Sealed reports as files: pending, sent, refused; and the log of what was sent.
//
//   outbox/ID.json                       pending
//   sent/ID.json, sent/ID.receipt.json   sent, and what the collector signed for it
//   sent/log.jsonl                       one line for each report sent or refused
//   refused/ID.json                      refused by the collector; kept, not sent again
//
// The bytes of a report never change on the way. Every change is made under the state folder's lock
// and is one rename, so after a crash a report is in exactly one place. Safe from many processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

struct LogEntry {
  std::string id;
  std::optional<Instant> sealed_at;
  Instant sent_at;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string status;  // the collector's word: "accepted", "duplicate", …; "sent" without a
                       // receipt; "refused"
  std::string url;
};

// Which pending reports have to go, so that the limits hold: by id, oldest first. `pending` is in
// order of age, oldest first. Pure.
std::vector<std::string> over_limits(const std::vector<PendingReport>& pending, Instant now);

// The moment in a report's id.
std::optional<Instant> sealed_at_of(std::string_view id);

class Outbox {
 public:
  // `state` must outlive the outbox.
  explicit Outbox(const StateFolder& state) : state_(state) {}

  // Adds a report, and drops the oldest ones beyond the limits. How many were dropped.
  Result<std::size_t> put(const SealedDocument& report, Instant now) const;
  // Drops what is over the limits; how many.
  Result<std::size_t> expire(Instant now) const;

  // Oldest first.
  Result<std::vector<PendingReport>> pending() const;
  // The bytes of a pending report; kNotFound when it is no longer there.
  Result<std::string> read(std::string_view id) const;

  // Moves a pending report to sent/ with the collector's receipt, null where there is none, and
  // logs it.
  Status mark_sent(const LogEntry& entry, const Json& receipt) const;
  Status mark_refused(const LogEntry& entry) const;
  // Removes one pending report; fine when it is not there.
  Status drop(std::string_view id) const;
  // Removes every pending report, and what a crash left of one; how many reports there were.
  Result<std::size_t> drop_pending() const;

  // How many reports the collector refused that are still kept.
  Result<std::size_t> refused() const;
  // The last line of the log whose status is not "refused"; nothing when nothing was ever sent.
  Result<std::optional<LogEntry>> last_sent() const;

 private:
  Status finish(const LogEntry& entry, std::string_view folder) const;
  Status trim(std::string_view folder) const;
  const StateFolder& state_;
};

}  // namespace candor
