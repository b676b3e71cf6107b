// What just came, for who watches: `candor tail`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/admit/admit.h"
#include "server/record/limits.h"

namespace candor {

// One thing that arrived, as `candor tail` shows it: no value of any field.
struct Arrival {
  std::uint64_t number = 0;  // consecutive since the start
  Instant received{};
  std::string product;
  std::string protocol;
  std::string installation;
  std::string deletion;  // hash; to forget it by, never shown
  std::string event;     // its name; empty: a document
  std::string outcome;   // of name_of(Outcome)
  std::string reason;    // of a refusal
  std::uint64_t bytes = 0;
  std::uint64_t samples = 0;  // of metrics, accepted and quarantined
  std::vector<Dropped> dropped;
  std::vector<Quarantined> quarantined;  // values empty
};

// Copies at most kMaxArrivalRows of the rows.
template <typename Row>
void copy_first_rows(const std::vector<Row>& rows, std::vector<Row>& into) {
  const auto count = std::min(rows.size(), kMaxArrivalRows);
  into.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
}

// Says what was dropped and quarantined, without the values.
inline void add_rows(Arrival& arrival, const Admitted& admitted) {
  copy_first_rows(admitted.dropped, arrival.dropped);
  copy_first_rows(admitted.quarantined, arrival.quarantined);
  for (auto& row : arrival.quarantined) row.value.clear();
}

}  // namespace candor
