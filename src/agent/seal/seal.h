// The only maker of reports: what an observation may send, as one document.
//
// A value goes in when the contract declares its path, its channel is on, the operator agreed to
// the field, the field has not expired and is not `never`, and the value is within its bounds;
// hashed as its class says. Everything else stays home and is listed by path, without its value.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/collect/observation.h"
#include "agent/seal/consent.h"
#include "agent/seal/identity.h"
#include "base/clock.h"
#include "contract/check.h"
#include "contract/contract.h"

namespace candor {

// One installation's report: the exact bytes that are shown, sent, kept and signed for.
class SealedReport {
 public:
  const std::string& id() const { return id_; }          // sorts by time; names its files
  const std::string& bytes() const { return bytes_; }    // pretty JSON, final newline
  const std::string& sha256() const { return sha256_; }  // of the bytes, hex

 private:
  SealedReport(std::string id, std::string bytes, std::string sha256)
      : id_(std::move(id)), bytes_(std::move(bytes)), sha256_(std::move(sha256)) {}
  friend class ReportSeal;
  std::string id_;
  std::string bytes_;
  std::string sha256_;
};

enum class Attendance { kPerson, kAutomation };

struct SealTerms {
  const Contract& contract;
  const ConsentedFields& fields;
  const std::set<std::string, std::less<>>& channels;  // that are on
  const Identity& identity;
  Instant now;
  Attendance attendance = Attendance::kPerson;
  std::string agent;       // "candor 0.1.0"
  std::uint64_t lost = 0;  // reports that were dropped unsent since the last one that told it
};

struct LeftOut {
  enum class Reason { kUndeclared, kNever, kChannelOff, kNotAgreed, kExpired, kOutOfBounds };
  std::string path;
  Reason reason = Reason::kUndeclared;
  std::optional<Problem> problem;  // of kOutOfBounds
};

// "not declared in the contract", …
std::string describe(const LeftOut& left_out);

struct Sealed {
  SealedReport report;
  std::vector<LeftOut> left_out;  // at most kMaxLeftOut, in the order of the observation
};

// Pure but for the clock in `terms`. kBadData when the observation is no object or the report would
// be larger than kMaxReportBytes.
Result<Sealed> seal(const Observation& observation, const SealTerms& terms);

// Whether a report that was sealed earlier may leave still: it is of that product, and every
// channel in it is on. Pure.
bool may_still_leave(std::string_view report, std::string_view product,
                     const std::set<std::string, std::less<>>& channels);

// The id of a report sealed at that moment.
std::string report_id(Instant sealed_at, std::string_view sha256);

}  // namespace candor
