// What of a service's metrics is offered: what the contract lists, with the labels that it lists;
// those that it wants keyed as keyed hashes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "contract/contract.h"
#include "metrics/family.h"

namespace candor {

// How many samples became what.
struct SieveCounts {
  std::size_t kept = 0;
  std::size_t undeclared = 0;  // of a metric that the contract does not list, or no longer
  std::size_t wrong_type = 0;  // of another type than the contract says, or with what is no text
  std::size_t collided = 0;    // differed only by labels that the contract does not list
};

struct SiftedMetrics {
  std::vector<MetricFamily> families;  // of the contract's types
  SieveCounts counts;
  std::vector<std::string> collided;  // names of metrics, kMaxToldMetrics at most
};

class MetricSieve {
 public:
  // The contract outlives it. `key` is the installation's own for metrics; of another one other
  // hashes come. `day` is today, as contract/check.h counts days.
  MetricSieve(const Contract& contract, std::string_view key, std::int64_t day);

  // `job` becomes a label of each sample, in place of one that it has.
  SiftedMetrics sift(std::vector<MetricFamily> families, std::string_view job) const;

 private:
  class Family;
  const Contract& contract_;
  const Hmac hmac_;
  const std::int64_t day_;
};

// The label that says of which service a sample is.
inline constexpr std::string_view kJobLabel = "job";

}  // namespace candor
