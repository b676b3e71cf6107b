// The rows of events: what may leave → sealed file → posted. Those of pages are in relay/ of the
// state folder, those of programs in library/ (agent/gathering.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/agent.h"
#include "agent/relay/event_desk.h"
#include "agent/relay/plausible_sender.h"
#include "agent/verify.h"

namespace candor {

// Drops what is pending of either, and of metrics (agent/pushing.h): for every change of the
// decision.
Status drop_events(const StateFolder& state);

// The configuration of the relay.
struct RelayOptions {
  std::string listen;
  std::string trusted_proxies;
  bool operator==(const RelayOptions&) const = default;
};
// Nothing while it is not switched on. kConfiguration when it would listen beyond this machine in
// clear, or its target could never be sent to.
Result<std::optional<RelayOptions>> relay_options(const Settings& settings,
                                                  const Contract& contract);

// What of events may leave by the decision, the channels and the consent of now; nullptr: nothing.
Result<EventLeavePtr> event_leave(const std::shared_ptr<const Agent>& agent);

// Seals what was harvested and makes it pending in the row's folder; the file's id, which
// `announce` hears before. kOff when the operator decided anew meanwhile. After an error nothing is
// kept.
Result<std::string> keep_events(const StateFolder& row, const EventHarvest& harvest, Instant now,
                                const std::function<Status(const std::string& id)>& announce);

// The relay is switched off by the configuration: drops what it left pending, and counts that.
Status close_relay(const StateFolder& state, Instant now);

// Sends what the relay has pending, to the collector or to `relay_target`.
Result<PlausibleSummary> send_events(const Agent& agent, HttpClient& client, SendRequest request);

// The same of what programs recorded, which goes to the collector.
Result<SendSummary> send_program_events(const Agent& agent, HttpClient& client,
                                        SendRequest request);

// Drops the row's pending files that are damaged, or of a channel that is off by now.
Status drop_unwanted_events(const Agent& agent, const StateFolder& row);
Status drop_unwanted_events(const Agent& agent);  // of both, and of metrics

}  // namespace candor
