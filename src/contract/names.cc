#include "contract/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "contract/contract.h"

namespace candor {
namespace {

template <typename Enum>
std::string_view pick(const std::vector<std::string>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

}  // namespace

std::string_view name_of(FieldType type) { return pick(kTypes, type); }
std::string_view name_of(PrivacyClass privacy) { return pick(kClasses, privacy); }
std::string_view name_of(HashKind hash) { return pick(kHashes, hash); }
std::string_view name_of(Purpose purpose) { return pick(kPurposes, purpose); }
std::string_view name_of(Unit unit) { return pick(kUnits, unit); }
std::string_view name_of(Aggregate aggregate) { return pick(kAggregates, aggregate); }
std::string_view name_of(CollectorKind kind) { return pick(kCollectors, kind); }
std::string_view name_of(MetricType type) { return pick(kMetricTypes, type); }

const Channel* Contract::channel(std::string_view name) const {
  const auto found = std::ranges::find(channels, name, &Channel::name);
  return found == channels.end() ? nullptr : &*found;
}

const Insight* Contract::insight(std::string_view name) const {
  const auto found = std::ranges::find(insights, name, &Insight::name);
  return found == insights.end() ? nullptr : &*found;
}

const DeclaredEvent* Contract::event(std::string_view name) const {
  const auto found = std::ranges::find(events, name, &DeclaredEvent::name);
  return found == events.end() ? nullptr : &*found;
}

MetricPart Contract::metric(std::string_view series) const {
  const auto named = [this](std::string_view name) -> const DeclaredMetric* {
    const auto found = metrics_by_name.find(name);
    return found == metrics_by_name.end() ? nullptr : &metrics[found->second];
  };
  if (const auto* metric = named(series)) {
    // A histogram has no samples under its own name.
    if (metric->type == MetricType::kHistogram) return {};
    return {metric, metric->type == MetricType::kSummary ? kQuantileLabel : ""};
  }
  for (const std::string_view part : {kBucketSuffix, kSumSuffix, kCountSuffix}) {
    if (!series.ends_with(part)) continue;
    const auto* metric = named(series.substr(0, series.size() - part.size()));
    if (metric == nullptr) return {};
    const bool has_parts = metric->type == MetricType::kHistogram ||
                           (metric->type == MetricType::kSummary && part != kBucketSuffix);
    if (has_parts) return {metric, part == kBucketSuffix ? kBucketLabel : ""};
  }
  return {};
}

std::string path_in_event(std::string_view event, std::string_view path) {
  return fmt::format("{}: {}", event, path);
}

std::string label_path(std::string_view metric, std::string_view label) {
  return fmt::format("{}{{{}}}", metric, label);
}

bool Contract::accepts_protocol(std::string_view protocol) const {
  return std::ranges::find(accepts, protocol) != accepts.end();
}

bool Contract::collects(CollectorKind kind) const {
  return std::ranges::find(collectors, kind, &DeclaredCollector::kind) != collectors.end();
}

}  // namespace candor
