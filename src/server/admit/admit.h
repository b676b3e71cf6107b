// Admission: a document against a contract, field by field. Pure: no clock, no disk, no state.
//
// What is undeclared or of class `never` is dropped and leaves behind only path, type, reason and
// count. What is declared and out of bounds goes to quarantine with its value. The rest is kept, in
// the order it came.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "contract/check.h"
#include "contract/contract.h"
#include "server/admit/hash_here.h"

namespace candor {

struct Dropped {
  std::string path;  // list indexes are written "[]", keys of open maps "*"; cut at kMaxPathBytes
  std::string type;  // "null", "boolean", "integer", "number", "string", "list", "object"
  Problem problem = Problem::kUndeclared;
  std::uint64_t count = 0;
};

struct Quarantined {
  std::string path;  // as above, with the keys of open maps as they came
  std::string type;
  Problem problem = Problem::kWrongType;
  std::string value;  // as JSON, at most kMaxQuarantineValueBytes; empty when longer
  // Where it belongs, as a JSON pointer; an index counts what is kept or in quarantine of its list.
  // Empty when it is too long to keep.
  std::string place{};
};

enum class Outcome { kAccepted, kPartlyQuarantined, kQuarantined, kRefused, kDuplicate };
std::string_view name_of(Outcome outcome);
// Of what was admitted: nothing out of bounds; nothing but that; or a part of it.
Outcome outcome_of(bool has_quarantined, std::uint64_t kept_values);

// What the collector keeps of one document.
struct Admitted {
  std::string body;  // JSON object of the kept fields, on one line
  std::vector<Dropped> dropped;
  std::vector<Quarantined> quarantined;
  std::uint64_t kept_values = 0;
  // Of an event, what is kept where its contract names installations, and automation.
  std::string installation{};
  bool automation = false;

  // kAccepted: nothing was out of bounds (drops do not matter). kQuarantined: nothing but values
  // out of bounds was there.
  Outcome outcome() const { return outcome_of(!quarantined.empty(), kept_values); }
};

// `document` is one JSON object; `envelope` names its top-level members that are the protocol's own
// header and neither kept nor counted. `today` decides about expired fields. kBadData when it is no
// JSON object, no UTF-8, or deeper than kMaxDocumentDepth.
Result<Admitted> admit(std::string_view document, const Contract& contract,
                       const std::vector<std::string_view>& envelope, std::int64_t today);

// The same for one event of that name, as a client sent it that hashes nothing: what the contract
// wants hashed is hashed by `hash`. An undeclared event is quarantined whole, without its values.
Result<Admitted> admit_event(std::string_view document, const Contract& contract,
                             std::string_view name, std::int64_t today, const HashHere& hash);

// The same for the members of an event that a client's protocol does not keep for itself.
using Members = std::span<const simdjson::dom::key_value_pair>;
Admitted admit_event(Members members, const Contract& contract, std::string_view name,
                     std::int64_t today, const HashHere& hash);

// The same of a document that is parsed already.
Admitted admit(const simdjson::dom::object& document, const Contract& contract,
               const std::vector<std::string_view>& envelope, std::int64_t today);

// Whether a report dated `reported` may be taken at `received`; kBadData with the reason otherwise.
Status check_report_time(Instant reported, Instant received);

}  // namespace candor
