#include "metrics/families.h"

#include <iterator>

namespace candor {

MetricFamily& Families::of(std::string_view name, std::optional<MetricType> type,
                           std::string_view help) {
  const auto [place, is_new] = places_.try_emplace(std::string(name), families_.size());
  if (!is_new) return families_[place->second];
  return families_.emplace_back(MetricFamily{std::string(name), std::string(help), type});
}

void Families::add(std::vector<MetricFamily> families) {
  for (auto& family : families) {
    auto& samples = of(family.name, family.type, family.help).samples;
    samples.insert(samples.end(), std::make_move_iterator(family.samples.begin()),
                   std::make_move_iterator(family.samples.end()));
  }
}

}  // namespace candor
