#include "agent/scrape/metric_sieve.h"

#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "agent/scrape/limits.h"
#include "base/numbers.h"
#include "contract/check.h"
#include "contract/limits.h"
#include "contract/metric_labels.h"

namespace candor {
namespace {

// The sample's name and labels, so that two of them are the same when their texts are.
std::string key_of(const FamilySample& sample) {
  std::string key = sample.name;
  for (const auto& [name, value] : sample.labels) {
    key += '\0';
    key += name;
    key += '\0';
    key += value;
  }
  return key;
}

// Of a bucket or a quantile.
bool is_bound(std::string_view text) { return text == "+Inf" || parse_number(text).has_value(); }

}  // namespace

// One family on its way through.
class MetricSieve::Family {
 public:
  Family(const MetricSieve& sieve, std::string_view job, SiftedMetrics& sifted)
      : sieve_(sieve), job_(job), sifted_(sifted) {}

  void sift(MetricFamily&& family) {
    auto& counts = sifted_.counts;
    const auto size = family.samples.size();
    const auto* metric = size == 0 ? nullptr : part_of(family.samples.front().name).metric;
    if (metric == nullptr || is_expired(*metric, sieve_.day_)) {
      counts.undeclared += size;
    } else if (family.type && *family.type != metric->type) {
      counts.wrong_type += size;
    } else {
      keep(std::move(family), *metric);
    }
  }

 private:
  // Samples of one part stand beside each other mostly.
  const MetricPart& part_of(const std::string& name) {
    if (name != part_name_) {
      part_ = sieve_.contract_.metric(name);
      part_name_ = name;
    }
    return part_;
  }

  // Help is the contract's: a service's own may say anything.
  void keep(MetricFamily&& family, const DeclaredMetric& metric) {
    MetricFamily kept{metric.name, metric.about, metric.type};
    kept.samples.reserve(family.samples.size());
    for (auto& sample : family.samples) {
      if (part_of(sample.name).metric != &metric) {
        ++sifted_.counts.undeclared;
      } else if (!keep_labels(sample)) {
        ++sifted_.counts.wrong_type;
      } else {
        kept.samples.push_back(std::move(sample));
      }
    }
    if (has_dropped_) leave_out_collided(kept);
    sifted_.counts.kept += kept.samples.size();
    if (!kept.samples.empty()) sifted_.families.push_back(std::move(kept));
  }

  // False when a label that is kept says what it cannot: a reader would refuse all there is for
  // bytes that are no text.
  bool keep_labels(FamilySample& sample) {
    bool fits = true;
    std::erase_if(sample.labels, [&](FamilyLabel& label) {
      // Whose it is says the one who asked.
      const auto fate = label.name == kJobLabel ? LabelFate::kDropped : fate_of(part_, label.name);
      const bool goes = label.value.empty() || fate == LabelFate::kDropped ||
                        label.value.size() > kMaxLabelValueBytes;
      if (goes) return has_dropped_ = true;
      if (fate == LabelFate::kKeyed) {
        label.value = sieve_.hmac_.hex(label.value);
      } else if (label.name == part_.implied) {
        fits = fits && is_bound(label.value);
      } else {
        fits = fits && simdjson::validate_utf8(label.value.data(), label.value.size());
      }
      return false;
    });
    std::ranges::sort(sample.labels, {}, &FamilyLabel::name);
    sample.labels.push_back({std::string(kJobLabel), std::string(job_)});
    return fits;
  }

  // Of several samples that are one now, none is right: added up, a counter that starts anew would
  // look like work (docs/decisions/047-one-endpoint.md).
  void leave_out_collided(MetricFamily& family) {
    std::unordered_map<std::string, std::size_t> times;
    for (const auto& sample : family.samples) ++times[key_of(sample)];
    const auto gone = std::erase_if(
        family.samples, [&](const FamilySample& sample) { return times[key_of(sample)] > 1; });
    if (gone == 0) return;
    sifted_.counts.collided += gone;
    if (sifted_.collided.size() < kMaxToldMetrics) sifted_.collided.push_back(family.name);
  }

  const MetricSieve& sieve_;
  const std::string_view job_;
  SiftedMetrics& sifted_;
  MetricPart part_;
  std::string part_name_;
  bool has_dropped_ = false;
};

MetricSieve::MetricSieve(const Contract& contract, std::string_view key, std::int64_t day)
    : contract_(contract), hmac_(key), day_(day) {}

SiftedMetrics MetricSieve::sift(std::vector<MetricFamily> families, std::string_view job) const {
  SiftedMetrics sifted;
  for (auto& family : families) Family(*this, job, sifted).sift(std::move(family));
  return sifted;
}

}  // namespace candor
