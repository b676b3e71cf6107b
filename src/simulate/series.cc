#include "simulate/series.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulate/amounts.h"
#include "simulate/limits.h"
#include "simulate/values.h"

namespace candor {
namespace {

constexpr std::uint64_t kAspectSeries = 170;
constexpr std::uint64_t kAspectLabel = 171;
constexpr std::uint64_t kAspectCluster = 172;
constexpr std::uint64_t kLabelValues = 8;  // that a label of a metric has, where it is not numbered
constexpr std::int64_t kMaxSample = 1'000'000;
constexpr std::int64_t kDayMillis = 86'400'000;

}  // namespace

Result<SeriesSet> SeriesSet::make(const Contract& contract, const SeriesOptions& options) {
  CANDOR_TRY(check_amount("The number of series", static_cast<std::int64_t>(options.series),
                          kMaxSimulatedSeries));
  CANDOR_TRY(check_amount("The number of installations", options.installations,
                          kMaxSimulatedInstallations));
  std::vector<const DeclaredMetric*> metrics;
  for (const auto& metric : contract.metrics) {
    const bool is_single = metric.type == MetricType::kCounter || metric.type == MetricType::kGauge;
    // Without a label to number, its series would all be one.
    if (is_single && !metric.labels.empty() && contract.channels[metric.channel].on_by_default)
      metrics.push_back(&metric);
  }
  if (metrics.empty()) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{} lists no counter or gauge with a label in clear in a channel that "
                             "is on by default, so no series can be made up.",
                             contract.file)};
  }
  return SeriesSet(contract, options, std::move(metrics));
}

std::string SeriesSet::line(std::uint64_t number) const {
  const auto product = key_of(contract_->product);
  const auto& metric = *metrics_[number % metrics_.size()];
  Dice dice{options_.seed, product, kAspectSeries, number};
  std::string labels;
  const auto add = [&labels](std::string_view name, std::string_view value) {
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", name, value);
  };
  for (const auto& label : metric.keyed) {
    const auto aspect = label == metric.installation ? kAspectCluster : kAspectLabel;
    add(label, Dice{options_.seed, product, aspect, dice.below(options_.installations)}.uuid());
  }
  for (const auto& label : metric.labels) {
    Dice value{options_.seed, product, kAspectLabel, key_of(label), dice.below(kLabelValues)};
    auto word = made_up_word(value);
    if (label == metric.labels.back()) word += fmt::format("-{:06}", number);
    add(label, word);
  }
  return fmt::format("{}{{{}}} {} {}", metric.name, labels, dice.between(0, kMaxSample),
                     options_.until * kDayMillis);
}

}  // namespace candor
