// The newest arrivals, for `candor tail`: a ring whose places are used again with their memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/record/arrival.h"

namespace candor {

// Not thread-safe.
class RecentArrivals {
 public:
  // The next place, to be filled by the caller: its texts are empty, its number is set; its rows
  // are those of an arrival that is gone, for they are to be replaced. The oldest is gone once
  // there are kMaxArrivals.
  Arrival& next();

  // Up to `limit` of one product with a number above `after`, oldest first.
  std::vector<Arrival> after(std::uint64_t after, const std::string& product,
                             std::size_t limit) const;

  // Forgets those for which it is true.
  template <typename Predicate>
  void forget(const Predicate& is_gone) {
    for (auto& arrival : ring_) {
      if (is_gone(arrival)) arrival = Arrival{};
    }
  }

 private:
  std::vector<Arrival> ring_;
  std::uint64_t last_ = 0;  // the number of the newest
};

}  // namespace candor
