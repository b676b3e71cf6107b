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
#include "agent/seal/sealed_document.h"
#include "agent/seal/sieve.h"
#include "base/clock.h"
#include "contract/contract.h"

namespace candor {

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

}  // namespace candor
