#include "server/record/recent_arrivals.h"

#include <algorithm>

namespace candor {

Arrival& RecentArrivals::next() {
  const auto place = static_cast<std::size_t>(last_++ % kMaxArrivals);
  if (ring_.size() <= place) ring_.resize(place + 1);
  auto& arrival = ring_[place];
  arrival.number = last_;
  for (auto* text : {&arrival.product, &arrival.protocol, &arrival.installation, &arrival.deletion,
                     &arrival.event, &arrival.outcome, &arrival.reason})
    text->clear();
  arrival.bytes = arrival.samples = 0;
  return arrival;
}

std::vector<Arrival> RecentArrivals::after(std::uint64_t after, const std::string& product,
                                           std::size_t limit) const {
  std::vector<Arrival> found;
  const auto oldest = last_ - std::min<std::uint64_t>(last_, kMaxArrivals);
  for (auto number = std::max(after, oldest) + 1; number <= last_ && found.size() < limit;
       ++number) {
    const auto& arrival = ring_[static_cast<std::size_t>((number - 1) % kMaxArrivals)];
    if (arrival.product == product) found.push_back(arrival);
  }
  return found;
}

}  // namespace candor
