// Metrics as Prometheus has them: a family has a name, a type and samples that differ by their
// labels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/contract.h"

namespace candor {

struct FamilyLabel {
  std::string name;
  std::string value;
  bool operator==(const FamilyLabel&) const = default;
};

struct FamilySample {
  std::string name;  // the family's, or that with the suffix of its part: _bucket, _sum, _count
  std::vector<FamilyLabel> labels;
  double value = 0;
  std::optional<std::int64_t> at{};  // milliseconds since 1970; nothing: the moment it is read
};

struct MetricFamily {
  std::string name;
  std::string help;                // one sentence
  std::optional<MetricType> type;  // nothing: unknown
  std::vector<FamilySample> samples{};

  // A sample of the family's own name.
  void add(double value, std::vector<FamilyLabel> labels = {}) {
    samples.push_back({name, std::move(labels), value});
  }
};

}  // namespace candor
