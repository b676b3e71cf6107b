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
  Admitted admitted;             // read back, what was dropped stands in EventsRecord::dropped
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

// What happened to requests that left nothing behind, since the counts before.
struct CountsRecord {
  std::string product;
  Instant received{};
  std::map<std::string, std::uint64_t> refused;  // by reason
  std::uint64_t duplicates = 0;
};

using Record = std::variant<DocumentRecord, EventsRecord, CountsRecord>;

std::string encode(const Record& record);
// kBadData for bytes that `encode` did not write, or a newer version did.
Result<Record> decode_record(std::string_view bytes);

}  // namespace candor
