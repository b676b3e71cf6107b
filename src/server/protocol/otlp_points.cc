#include "server/protocol/otlp_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "server/admit/limits.h"
#include "server/protocol/limits.h"

namespace candor {
namespace {

constexpr std::uint64_t kNanosPerMilli = 1'000'000;

// As Prometheus writes it: "0.5", "+Inf".
std::string bound_text(double bound) {
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", bound);
}

}  // namespace

void OtlpPoint::add_label(std::string_view name, std::string_view value) {
  if (labels.size() <= kMaxLabels) labels.push_back({name, value});
}

void OtlpPoint::add_label(std::string_view name, std::string value) {
  if (labels.size() > kMaxLabels) return;
  texts.push_back(std::move(value));
  labels.push_back({name, texts.back()});
}

void OtlpPoints::reject(const std::string& reason, std::uint64_t count) {
  if (count == 0) return;
  admission_.refuse(reason, count);
  points_ += count;
  rejected_ += count;
}

void OtlpPoints::add(const OtlpMetric& metric, OtlpPoint& point) {
  if (metric.delta) return reject("delta_temporality");
  if (metric.kind == OtlpMetric::Kind::kExponentialHistogram)
    return reject("exponential_histogram");
  // Before any label is copied: a point may be a few bytes, its resource's labels are many.
  if (admission_.is_full()) return reject("too_many_samples");
  if (metric.kind == OtlpMetric::Kind::kNumber && !point.value && !point.no_value)
    return reject("bad_point");
  const auto own = point.labels.size();
  for (const auto& label : resource_.labels) {
    const auto begin = point.labels.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(own);
    if (std::ranges::find(begin, end, label.name, &MetricLabel::name) == end)
      point.add_label(label.name, label.value);
  }
  bool whole = false;
  switch (metric.kind) {
    case OtlpMetric::Kind::kNumber:
      whole = add_number(metric, point);
      break;
    case OtlpMetric::Kind::kHistogram:
      if (point.buckets.size() > kMaxBuckets) return reject("too_many_buckets");
      if (!point.buckets.empty() && point.buckets.size() != point.bounds.size() + 1)
        return reject("bad_point");
      whole = add_histogram(metric, point);
      break;
    case OtlpMetric::Kind::kSummary:
      if (point.quantiles.size() > kMaxBuckets) return reject("too_many_buckets");
      whole = add_summary(metric, point);
      break;
    case OtlpMetric::Kind::kExponentialHistogram:
      break;
  }
  ++points_;
  if (!whole) ++rejected_;
}

bool OtlpPoints::add_number(const OtlpMetric& metric, const OtlpPoint& point) {
  return add_series(metric, point, "",
                    point.no_value ? std::bit_cast<double>(kStaleMarker) : *point.value);
}

bool OtlpPoints::add_sum_and_count(const OtlpMetric& metric, const OtlpPoint& point) {
  bool whole = add_series(metric, point, kCountSuffix, static_cast<double>(point.count));
  if (point.sum) whole = add_series(metric, point, kSumSuffix, *point.sum) && whole;
  return whole;
}

// Each bucket of OTLP counts by itself; Prometheus's have everything up to their bound.
bool OtlpPoints::add_histogram(const OtlpMetric& metric, OtlpPoint& point) {
  bool whole = add_sum_and_count(metric, point);
  std::uint64_t up_to = 0;
  for (std::size_t i = 0; i < point.buckets.size(); ++i) {
    up_to += point.buckets[i];
    const auto bound = i < point.bounds.size() ? bound_text(point.bounds[i]) : "+Inf";
    point.labels.push_back({kBucketLabel, bound});
    whole = add_series(metric, point, kBucketSuffix, static_cast<double>(up_to)) && whole;
    point.labels.pop_back();
  }
  return whole;
}

bool OtlpPoints::add_summary(const OtlpMetric& metric, OtlpPoint& point) {
  bool whole = add_sum_and_count(metric, point);
  for (const auto& [quantile, value] : point.quantiles) {
    const auto text = bound_text(quantile);
    point.labels.push_back({kQuantileLabel, text});
    whole = add_series(metric, point, "", value) && whole;
    point.labels.pop_back();
  }
  return whole;
}

bool OtlpPoints::add_series(const OtlpMetric& metric, const OtlpPoint& point,
                            std::string_view suffix, double value) {
  const auto at = point.nanos == 0 ? to_unix_millis(received_)
                                   : static_cast<std::int64_t>(point.nanos / kNanosPerMilli);
  has_untimed_ = has_untimed_ || point.nanos == 0;
  const MetricSample sample{at, value};
  const auto name =
      suffix.empty() ? std::string(metric.name) : fmt::format("{}{}", metric.name, suffix);
  return admission_.add({name, metric.type, point.labels, {&sample, 1}});
}

}  // namespace candor
