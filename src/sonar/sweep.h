// What runs left that were killed before they cleaned up: which items of a list that is, and its
// removal (docs/formats/sonar.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/sonar_config.h"
#include "sonar/judging.h"
#include "sonar/session.h"
#include "sonar/variables.h"

namespace candor {

struct Leftovers {
  std::vector<std::string> ids{};  // in the order of the list, at most kMaxSweptItems
  std::string unclear{};           // why more of the list may be leftovers; empty: nothing is
};

// Of the list in `answer`; `run` is the id of the run that looks. Half a sentence, as error, when
// there is no list. Pure.
Result<Leftovers> leftovers_in(const SonarSweep& sweep, const ScanAnswer& answer,
                               std::string_view run, Instant now);

// When an item was made, as it says itself: RFC 3339, Unix seconds or milliseconds. Nothing for all
// else, and for times before September 2001, which stand for none. Pure.
std::optional<Instant> creation_in(const Json& value);

struct Swept {
  int removed = 0;
  int requests = 0;
  int status = 0;  // of the last answer; 0: none came
  ProbePhases phases{};
  std::optional<ScanProblem> problem{};  // of the first that is still there, with how many are
};

// Deletes them, one after the other, with `headers`; goes on after one that stays, for as long as
// the pace allows.
Swept remove_leftovers(ScanSession& session, const SonarSweep& sweep, const Leftovers& leftovers,
                       const ScanVariables& variables, const std::vector<HttpHeader>& headers,
                       const Pace& pace);

}  // namespace candor
