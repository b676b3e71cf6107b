// The data points of OTLP, as its two encodings give them, and the series that they become.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/admit/samples.h"

namespace candor {

enum class OtlpSignal { kMetrics, kLogs, kTraces };

struct OtlpMetric {
  enum class Kind { kNumber, kHistogram, kSummary, kExponentialHistogram };
  std::string_view name;
  Kind kind = Kind::kNumber;
  MetricType type = MetricType::kGauge;
  bool delta = false;  // says what changed since the point before
};

struct OtlpPoint {
  std::uint64_t nanos = 0;  // since 1970; 0: not said
  bool no_value = false;    // the series ended
  std::vector<MetricLabel> labels;
  std::optional<double> value;  // of kNumber
  std::uint64_t count = 0;      // of the others
  std::optional<double> sum;
  std::vector<std::uint64_t> buckets;  // each by itself
  std::vector<double> bounds;          // upper ones, of all buckets but the last
  std::vector<std::pair<double, double>> quantiles;
  std::deque<std::string> texts;  // that labels are views of

  // Adds an attribute whose value is no text in the request.
  void add_label(std::string_view name, std::string value);
  // Beyond kMaxLabels one too many is enough to have the point rejected.
  void add_label(std::string_view name, std::string_view value);
};

// Gives the points of one request to its admission.
class OtlpPoints {
 public:
  OtlpPoints(SampleAdmission& admission, Instant received)
      : admission_(admission), received_(received) {}

  // Whose points come next: attributes that hold for each of them, unless it says otherwise.
  void set_resource(OtlpPoint attributes) { resource_ = std::move(attributes); }
  void add(const OtlpMetric& metric, OtlpPoint& point);
  void reject(const std::string& reason, std::uint64_t count = 1);

  std::uint64_t points() const { return points_; }
  std::uint64_t rejected() const { return rejected_; }
  // Whether a point had no time, and got that of receipt.
  bool has_untimed() const { return has_untimed_; }

 private:
  bool add_number(const OtlpMetric& metric, const OtlpPoint& point);
  bool add_histogram(const OtlpMetric& metric, OtlpPoint& point);
  bool add_summary(const OtlpMetric& metric, OtlpPoint& point);
  bool add_sum_and_count(const OtlpMetric& metric, const OtlpPoint& point);
  bool add_series(const OtlpMetric& metric, const OtlpPoint& point, std::string_view suffix,
                  double value);

  SampleAdmission& admission_;
  const Instant received_;
  OtlpPoint resource_;  // its attributes
  std::uint64_t points_ = 0;
  std::uint64_t rejected_ = 0;
  bool has_untimed_ = false;
};

// Both give the points of metrics, and reject each record of the other signals. kBadData with a
// sentence when the body is none of the encoding.
Status read_otlp_json(std::string_view body, OtlpSignal signal, OtlpPoints& into);
Status read_otlp_protobuf(std::string_view body, OtlpSignal signal, OtlpPoints& into);

}  // namespace candor
