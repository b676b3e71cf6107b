// Samples of metrics against a contract: which metrics it lists, and with which labels
// (docs/formats/metrics.md). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "contract/contract.h"
#include "server/admit/admit.h"
#include "server/admit/known_series.h"
#include "server/admit/limits.h"
#include "server/admit/series_list.h"

namespace candor {

struct MetricLabel {
  std::string_view name;
  std::string_view value;
};

struct MetricSample {
  std::int64_t at = 0;  // milliseconds since 1970
  double value = 0;     // also NaN and infinities; the stale marker is a NaN
};

// Prometheus's mark that a series ended, as bits.
inline constexpr std::uint64_t kStaleMarker = 0x7ff0000000000002;

// One series as a client sent it; views into the request.
struct SeriesSubmission {
  std::string_view name;
  std::optional<MetricType> type;  // of the metric it is part of, where the protocol says so
  std::span<const MetricLabel> labels;
  std::span<const MetricSample> samples;
  // Bytes that say the same of name and labels whenever they come, by which the series is known
  // again; empty where there are none.
  std::string_view bytes{};
};

// What the collector keeps of the samples of one request, and what became of the rest.
struct AdmittedSamples {
  SeriesList series;
  std::vector<Dropped> dropped;                  // undeclared metrics and labels; never a value
  std::uint64_t accepted = 0;                    // samples
  std::uint64_t quarantined = 0;                 // samples of metrics that do not fit the contract
  std::map<std::string, std::uint64_t> refused;  // what was no sample at all, by reason
  std::uint64_t refused_count() const;
};

// One request's admission.
class SampleAdmission {
 public:
  // All of them outlive it. Without `known`, each series is held against the contract anew.
  SampleAdmission(const Contract& contract, Instant received, const HashHere& hash,
                  KnownSeries* known = nullptr);

  // Whether every sample of the series was accepted.
  bool add(const SeriesSubmission& series);
  // The same of a series of which only these bytes were read; false when they are not known.
  bool add_known(std::string_view bytes, std::span<const MetricSample> samples);
  void refuse(const std::string& reason, std::uint64_t count = 1);
  // Whether every further sample will be refused.
  bool is_full() const { return samples_ >= kMaxSamples; }
  // What is in so far.
  const AdmittedSamples& admitted() const { return admitted_; }
  AdmittedSamples take() { return std::move(admitted_); }

 private:
  struct KeptLabel {
    std::string_view name;
    std::string value;
  };
  bool refuse_series(const std::string& reason, std::uint64_t count);
  std::shared_ptr<const Dropped> row(std::string path, std::string_view type, Problem problem);
  SeriesVerdictPtr in_quarantine(const SeriesSubmission& series, Problem problem);
  // What the contract says of the series; nothing but its name, type and labels counts.
  SeriesVerdictPtr judge(const SeriesSubmission& series);
  // Whether all the samples were accepted.
  bool apply(const SeriesVerdict& verdict, std::span<const MetricSample> samples);
  void drop(const std::shared_ptr<const Dropped>& row, std::uint64_t count);
  // What of the labels is kept, sorted; adds a row for each one that is not kept as it is.
  std::vector<KeptLabel> keep_labels(const SeriesSubmission& series, const MetricPart& part,
                                     std::vector<std::shared_ptr<const Dropped>>& rows);
  // Of all labels as they were sent; under the key.
  std::string digest_of(const SeriesSubmission& series) const;
  std::uint64_t tag_of(std::string_view digest, std::int64_t at) const;

  const Contract& contract_;
  const Instant received_;
  const HashHere& hash_;
  KnownSeries* const known_;
  std::uint64_t scope_ = 0;
  const std::int64_t oldest_, newest_;  // times that are taken
  AdmittedSamples admitted_;
  std::vector<AdmittedSample> taken_;  // of the series at hand
  std::uint64_t samples_ = 0;
  std::size_t kept_labels_bytes_ = 0;
  std::unordered_map<std::string, std::size_t> drop_rows_;  // path, type and problem to its row
  // The same by the object, which is kept so that no other one has its address.
  std::unordered_map<std::shared_ptr<const Dropped>, std::size_t> known_rows_;
};

}  // namespace candor
