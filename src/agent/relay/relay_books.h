// What became of every event that reached the relay: kept in memory, and in counts.json for
// `candor status`.
//
//   received = dropped + forwarded + refused + lost + waiting
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/outbox/outbox.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace candor {

struct RelayCounts {
  std::string listen;  // where the relay listens, or did last
  std::optional<Instant> since;
  std::uint64_t received = 0;
  std::map<std::string, std::uint64_t> dropped;   // by reason: "bot", "off", "undeclared", …
  std::map<std::string, std::uint64_t> left_out;  // values of events that leave, by reason
  std::uint64_t forwarded = 0;
  std::uint64_t refused = 0;  // by the target
  std::uint64_t lost = 0;     // dropped unsent by the outbox's limits, or damaged

  std::uint64_t dropped_count() const;
  std::uint64_t waiting() const;  // in memory and in files
};

// Nothing when no relay ever ran here; a damaged file counts as that.
std::optional<RelayCounts> read_relay_counts(const StateFolder& relay);

// Safe from any thread. Goes on with the counts of the runs before.
class RelayBooks {
 public:
  // `relay` is the relay's own folder, and outlives this. Pending files of earlier runs are counted
  // in.
  RelayBooks(const StateFolder& relay, Instant now);

  void listens_on(std::string address);
  // The installation was forgotten: what was counted of it goes. What waits in memory is dropped
  // before.
  void begin_anew(Instant now);

  void received(std::uint64_t count);
  void dropped(std::string_view reason, std::uint64_t count = 1);
  void left_out(std::string_view reason, std::uint64_t count = 1);

  // A file with so many events is about to be pending. To be written before it is: whatever happens
  // to it then, also to this process, its events are known. One file at a time.
  void sealing(std::string id, std::uint64_t events);
  // It is pending.
  void sealed();
  // It is not, or none was made of those events.
  void not_sealed(std::string_view reason, std::uint64_t events);

  // Of a file, the target took no part in so many events.
  void refused(std::uint64_t events);
  // Looks what became of the pending files: sent, refused, or lost by the outbox's limits. Those
  // that are gone and were none of it were dropped for `reason`; without one they wait for the call
  // that knows.
  void settle(const Outbox& outbox, std::optional<std::string_view> reason = std::nullopt);

  // Writes what changed since the last time.
  Status write();

 private:
  using Files = std::map<std::string, std::uint64_t>;  // events by file's id
  void go_on_with(const Outbox& outbox) CANDOR_REQUIRES(mutex_);

  const StateFolder& relay_;
  Mutex file_mutex_;  // one write at a time; taken before mutex_
  Mutex mutex_;
  RelayCounts counts_ CANDOR_GUARDED_BY(mutex_);
  Files files_ CANDOR_GUARDED_BY(mutex_);  // pending
  std::optional<Files::value_type> sealing_ CANDOR_GUARDED_BY(mutex_);
  std::uint64_t lost_files_ CANDOR_GUARDED_BY(mutex_) = 0;  // so many of Outbox::lost() are settled
  std::uint64_t refused_in_files_ CANDOR_GUARDED_BY(mutex_) = 0;  // of files not settled yet
  bool written_ CANDOR_GUARDED_BY(mutex_) = false;
};

}  // namespace candor
