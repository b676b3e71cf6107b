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
#include "server/admit/limits.h"

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
};

struct AdmittedSample {
  std::int64_t at = 0;
  double value = 0;
  // Tells samples apart that were of different series before labels were dropped; 0 where none
  // was. Another one for each sample, so that nothing says which belong together.
  std::uint64_t tag = 0;
};

struct AdmittedSeries {
  std::string metric;        // the series' name
  std::string labels;        // JSON object of what is kept, sorted by name
  std::string installation;  // or empty
  std::vector<AdmittedSample> samples;
};

// What the collector keeps of the samples of one request, and what became of the rest.
struct AdmittedSamples {
  std::vector<AdmittedSeries> series;
  std::vector<Dropped> dropped;                  // undeclared metrics and labels; never a value
  std::uint64_t accepted = 0;                    // samples
  std::uint64_t quarantined = 0;                 // samples of metrics that do not fit the contract
  std::map<std::string, std::uint64_t> refused;  // what was no sample at all, by reason
  std::uint64_t refused_count() const;
};

// One request's admission.
class SampleAdmission {
 public:
  // All of them outlive it.
  SampleAdmission(const Contract& contract, Instant received, const HashHere& hash)
      : contract_(contract), received_(received), hash_(hash) {}

  // Whether every sample of the series was accepted.
  bool add(const SeriesSubmission& series);
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
  bool quarantine(std::string_view name, Problem problem, std::uint64_t count);
  bool refuse_series(const std::string& reason, std::uint64_t count);
  void drop(std::string path, std::string_view type, Problem problem, std::uint64_t count);
  // What of the labels is kept, sorted; adds what is dropped `count` times.
  std::vector<KeptLabel> keep_labels(const SeriesSubmission& series, const MetricPart& part,
                                     std::uint64_t count);
  // Of all labels as they were sent; under the key.
  std::string digest_of(const SeriesSubmission& series) const;
  std::uint64_t tag_of(std::string_view digest, std::int64_t at) const;

  const Contract& contract_;
  const Instant received_;
  const HashHere& hash_;
  AdmittedSamples admitted_;
  std::uint64_t samples_ = 0;
  std::size_t kept_labels_bytes_ = 0;
  std::unordered_map<std::string, std::size_t> drop_rows_;  // path, type and problem to its row
};

}  // namespace candor
