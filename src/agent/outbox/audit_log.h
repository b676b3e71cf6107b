// The audit trail: one line for each report that was sent or refused, in the order it happened.
//
//   sent/log.jsonl     the newest lines
//   sent/log.1.jsonl   those before, once the first file was full; older ones are gone
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"

namespace candor {

struct LogEntry {
  std::string id;
  std::optional<Instant> sealed_at;
  Instant sent_at;
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string status;  // the collector's word: "accepted", "duplicate", …; or "refused"
  std::string url;
};

// What could be read, and what could not.
struct LogReading {
  std::vector<LogEntry> entries;    // oldest first
  std::vector<std::string> damage;  // a sentence each: which file, which line
};

// Appending needs the state folder's lock; reading needs nothing. Lines that cannot be read are
// passed over, except by read(), which tells of them.
class AuditLog {
 public:
  // `state` must outlive the log.
  explicit AuditLog(const StateFolder& state) : state_(state) {}

  // Adds a line; turns the file over first when it is full (kMaxLogBytes).
  Status append(const LogEntry& entry) const;

  // Every line that is kept, and what is damaged. A line that a crash tore is no damage: its report
  // is still pending, or was sent again and has a line of its own. Nor is one that is missing when
  // the report's copy is missing, too.
  Result<LogReading> read() const;
  // Every line that is kept, oldest first; empty when nothing was ever sent.
  Result<std::vector<LogEntry>> entries() const;
  // The newest line of that report; nothing when there is none.
  Result<std::optional<LogEntry>> find(std::string_view id) const;
  // The newest line whose status is not "refused"; nothing when nothing was ever sent.
  Result<std::optional<LogEntry>> last_sent() const;

 private:
  const StateFolder& state_;
};

}  // namespace candor
