// Sends what is pending: each report once, oldest first, and keeps what the collector signed for
// it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "agent/outbox/outbox.h"
#include "agent/send/limits.h"
#include "agent/send/uplink.h"
#include "base/clock.h"

namespace candor {

// The collector's receipt key: pinned in state/collector-key at first contact, believed from then
// on.
Result<std::optional<std::string>> pinned_key(const StateFolder& state);

// kConfiguration when what receipt_key_file holds is no key.
Status check_given_key(const std::string& key);

// The key that receipts are checked with: that of receipt_key_file while there is one, else the
// pinned one; nothing when there is neither.
Result<std::optional<std::string>> believed_key(const StateFolder& state,
                                                const std::string& given_key);

// Asks the collector for its key. The one of receipt_key_file is pinned, whatever was pinned
// before, when the collector answers it; without such a file the collector's is, when none is
// pinned yet. kGeneral when it answers another than the believed one: then nothing is sent or
// pinned until an operator has looked. kUnavailable when the collector cannot be reached,
// kConfiguration when the file of receipt_key_file holds no key. Whether there is a key to believe
// now; where no receipts are signed it is not asked for.
Result<bool> pin_key(const StateFolder& state, Uplink& uplink, Millis timeout);

// What was pinned for reports counts for device reports, too, where one collector takes both: it
// has one key. Does nothing when `devices` has a key already.
Status share_pinned_key(const StateFolder& reports, const StateFolder& devices);

// Pins a key that a collector showed or signed with.
Status pin_proven_key(const StateFolder& state, const std::string& key);

// Whether a report may ever have reached a collector, answered or not.
bool may_have_posted(const StateFolder& state);
// Said before the first report leaves, by the wire or by hand.
Status note_posting(const StateFolder& state, Instant now);

struct SendSummary {
  std::size_t sent = 0;
  std::size_t refused = 0;
  std::size_t left = 0;  // still pending; without `error` there was only no time for them
  bool busy = false;     // another process is sending; `error` says so
  std::string status;    // the collector's word on the last one it took
  Json answer;           // its whole answer to that one
  std::string last_id;
  std::optional<Error> error;  // why it stopped before the end: kTryAgain, kConfiguration, …
  bool stopped = false;        // by a decision, or the end of the program
  std::string refusal;         // why the last refused one was refused
  std::optional<Millis> retry_after;  // how long the agent waits after `error`
};

struct SendRequest {
  int tries = 0;        // failed ones before this
  double random = 0.5;  // in [0, 1), for the waiting time
  RetryPace pace = kReportPace;
  OutboxLimits limits = kReportLimits;
  Millis time = kUploadTime;  // for all of it
};

// Takes at most `time`. Errors are of this machine's own files; every other
// failure stands in the summary, and comes at once when another process is sending.
Result<SendSummary> send_pending(const StateFolder& state, Uplink& uplink, const Clock& clock,
                                 SendRequest request);

}  // namespace candor
