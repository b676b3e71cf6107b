// What the counters and histograms of programs reached, over all processes that ever counted, and
// what of it the next report tells. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "contract/contract.h"
#include "library/ring_view.h"

namespace candor {

struct CountedTotal {
  std::vector<std::uint64_t> counts;  // one of a counter; of a histogram one a bound, and one more
  double sum = 0;                     // of a histogram
  bool operator==(const CountedTotal&) const = default;
};
// By name, of histograms with their bounds: with others it is another one.
using CountedTotals = std::map<std::string, CountedTotal, std::less<>>;

void add(CountedTotals& totals, const library::RingView& ring);

// What came to `told` until `now`, without what did not change. Of what is less than it was, which
// somebody's hand in the files makes, nothing came.
CountedTotals came_since(const CountedTotals& told, const CountedTotals& now);

// The field that is counted under that key; nullptr: the contract has none, or no longer.
const Field* counted_field(const Contract& contract, std::string_view key);

// As members of a report of this contract; what it does not declare is left out.
Json report_members(const Contract& contract, const CountedTotals& totals);

// As they stand in a file; what is none of it is passed over.
Json to_json(const CountedTotals& totals);
CountedTotals totals_in(const Json& json);

}  // namespace candor
