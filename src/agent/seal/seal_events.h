// The only maker of files of events (docs/formats/events.md): what contract, channels and consent
// let through of each, and all that let through as one document.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/seal/consent.h"
#include "agent/seal/sealed_document.h"
#include "agent/seal/sieve.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "contract/contract.h"

namespace candor {

// What decides about events, as values.
struct EventTerms {
  ContractPtr contract;
  ConsentedFields fields;
  ChannelSet channels;  // that may leave
  std::string key;      // of `keyed` fields
};

// The channels of the contract's events.
ChannelSet event_channels(const Contract& contract);

// One thing that happened, without all that stays home. Only EventSieve makes one; besides, its
// file says of it what a report's header says of a report: that it was made in continuous
// integration.
class LeavingEvent {
 public:
  std::size_t bytes() const { return bytes_; }  // about; of its line in the file
  const std::string& channel() const { return channel_; }
  void mark_automation() { json_["automation"] = true; }

 private:
  LeavingEvent() = default;
  friend class EventSieve;
  friend class EventSeal;
  std::string channel_;
  Json json_;  // as it stands in the file
  std::size_t bytes_ = 0;
};

// One thread at a time.
class EventSieve {
 public:
  EventSieve(EventTerms terms, Instant now);
  EventSieve(const EventSieve&) = delete;
  EventSieve& operator=(const EventSieve&) = delete;

  const Contract& contract() const { return *terms_.contract; }
  const ChannelSet& channels() const { return terms_.channels; }

  struct Passed {
    std::optional<LeavingEvent> event;  // nothing: it stays home as a whole
    std::string_view why_not;           // "undeclared", "channel_off" or "not_agreed"
    std::vector<LeftOut> left_out;      // of one that leaves
  };
  // `source` tells visitors apart; may be empty.
  Passed pass(const std::string& name, const std::string& source, const Json& document,
              Instant at) {
    return pass(random_uuid(), name, source, document, at, Texts::kAsSaid);
  }
  // The same with the event's own id: what comes again with it counts once.
  Passed pass(const std::string& id, const std::string& name, const std::string& source,
              const Json& document, Instant at, Texts texts);

 private:
  const EventTerms terms_;
  Sieve sieve_;
};

// Pure but for the clock. `agent` is program and version.
SealedEvents seal_events(const std::vector<LeavingEvent>& events, const Contract& contract,
                         std::string_view agent, Instant now);

// How many events a file of them holds; 0 when it is none.
std::size_t count_events(std::string_view file);

}  // namespace candor
