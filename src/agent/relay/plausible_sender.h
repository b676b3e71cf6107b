// Sends files of events to a Plausible server: one request an event, each once.
#pragma once

#include <functional>
#include <string>

#include "agent/outbox/outbox.h"
#include "agent/send/sender.h"
#include "agent/send/uplink.h"
#include "base/clock.h"

namespace candor {

struct PlausibleTarget {
  UplinkOptions options;
  std::string domain;  // the site of events that name none
};

struct PlausibleSummary {
  SendSummary sent;           // of files
  std::size_t not_taken = 0;  // events of sent files that the server dropped or refused
};

// As send_pending, but that each answered request is noted in progress.json, so that what was
// posted is not posted again; and a file counts as sent when all of it was. What was answered and
// not noted yet when the process was killed, or whose answer was lost, is posted twice: a Plausible
// server knows no ids.
Result<PlausibleSummary> send_to_plausible(const StateFolder& relay, const PlausibleTarget& target,
                                           HttpClient& client, std::function<bool()> keep_going,
                                           const Clock& clock, SendRequest request);

}  // namespace candor
