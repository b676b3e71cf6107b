// Records: what the journal holds (docs/formats/record.md). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/admit/admit.h"
#include "server/admit/samples.h"

namespace candor {

// What makes two documents the same one: 16 bytes of a SHA-256.
struct RecordKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const RecordKey&) const = default;
};
// Over what identifies the document in its protocol, for example product, installation and time.
RecordKey make_record_key(std::span<const std::string_view> parts);
std::string to_hex(RecordKey key);

// One admitted report of an installation, or one device report (which has no installation).
struct DocumentRecord {
  enum class Kind { kReport, kDevice };
  Kind kind = Kind::kReport;
  std::string product;
  std::string protocol;
  std::string contract;  // hash
  RecordKey key;
  std::string installation;  // empty for a device report
  std::string deletion;      // SHA-256 hex of the deletion secret, or empty
  Instant reported{};
  Instant received{};
  bool simulated = false;
  bool automation = false;
  Admitted admitted;
};

// One thing that happened, admitted.
struct AdmittedEvent {
  std::string name;
  Instant at{};
  std::string source;            // what tells installations or visitors apart, or empty
  std::optional<RecordKey> key;  // nothing: when it comes again it is another one
  bool automation = false;
  Admitted admitted;  // read back, what was dropped stands in EventsRecord::dropped
};

// The events of one request.
struct EventsRecord {
  std::string product;
  std::string protocol;
  std::string contract;  // hash
  Instant received{};
  std::vector<Dropped> dropped;  // of all of them; paths with the event's name before them
  std::vector<AdmittedEvent> events;
};

// Fills `dropped` with what its events dropped, added up.
void sum_dropped(EventsRecord& record);

// The same record where it lies in the journal's bytes, which outlive the view: nothing is copied.
struct EventView {
  std::string_view name;
  Instant at{};
  std::string_view source;
  std::optional<RecordKey> key{};
  bool automation = false;
  std::uint64_t kept_values = 0;
  std::vector<Quarantined> quarantined{};
  std::string_view body;

  Outcome outcome() const { return outcome_of(!quarantined.empty(), kept_values); }
};
struct EventsView {
  std::string_view product;
  std::string_view protocol;
  std::string_view contract;
  Instant received{};
  std::vector<Dropped> dropped;
  std::vector<EventView> events;
};

// An earlier record of which values in quarantine fit a newer contract: what is kept of it now.
struct ReplayRecord {
  enum class Of { kReport, kEvent };
  Of of = Of::kReport;
  std::string product;
  std::string protocol;
  std::string contract;      // hash of the newer one
  RecordKey key;             // what makes it the same when it is replayed twice at once
  std::string id;            // of the earlier one: an event's id, a report's key
  std::string event;         // its name; empty for a report
  std::uint64_t record = 0;  // position of the earlier one
  Instant at{};              // its own time
  Instant received{};        // when it came first
  std::string installation;
  std::string deletion;
  bool simulated = false;
  bool automation = false;
  Outcome before = Outcome::kQuarantined;
  Outcome outcome = Outcome::kAccepted;  // now
  std::uint64_t turn = 0;                // how many of its values were replayed before
  struct Fitted {
    std::string path;
    std::string place;
  };
  std::vector<Fitted> fitted;
  Admitted admitted;  // all that is kept; in quarantine what fitted before and does not now
};

// The samples of one request.
struct SamplesRecord {
  std::string product;
  std::string protocol;
  std::string contract;  // hash
  Instant received{};
  // Of the request's bytes, which a sender that got no answer sends again; nothing where the same
  // bytes say another thing each time.
  std::optional<RecordKey> key;
  AdmittedSamples admitted;  // read back, nothing is refused in it: that is counted apart
};

// What happened to requests that left nothing behind, since the counts before.
struct CountsRecord {
  std::string product;
  Instant received{};
  std::map<std::string, std::uint64_t> refused;  // by reason
  std::uint64_t duplicates = 0;
};

using Record =
    std::variant<DocumentRecord, EventsRecord, ReplayRecord, CountsRecord, SamplesRecord>;

std::string_view name_of(ReplayRecord::Of of);  // "report", "event"

std::string encode(const Record& record);
std::string encode(const EventsRecord& record);
// kBadData for bytes that `encode` did not write, or a newer version did.
Result<Record> decode_record(std::string_view bytes);

// Whether the bytes begin as a record of events does, and that record in place; errors as above.
bool is_events_record(std::string_view bytes);
Result<EventsView> view_events(std::string_view bytes);

}  // namespace candor
