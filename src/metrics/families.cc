#include "metrics/families.h"

namespace candor {

MetricFamily& Families::of(std::string_view name, std::optional<MetricType> type,
                           std::string_view help) {
  const auto [place, is_new] = places_.try_emplace(std::string(name), families_.size());
  if (!is_new) return families_[place->second];
  return families_.emplace_back(MetricFamily{std::string(name), std::string(help), type});
}

}  // namespace candor
