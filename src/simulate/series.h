// Simulated series of metrics, as a scrape shows them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "contract/contract.h"

namespace candor {

struct SeriesOptions {
  std::uint64_t seed = 1;
  std::uint64_t series = 0;
  std::uint32_t installations = 100;
  std::int64_t until = 0;  // the sample of each is of the first instant of this day (since 1970)
};

// One sample of each series, a line each in Prometheus's text format with the time in milliseconds,
// of the counters and gauges that the contract lists in channels that are on by default, with all
// their labels. All series differ: the last label that is kept in clear is numbered. The same
// arguments give the same bytes. Immutable: safe from any thread.
class SeriesSet {
 public:
  // `contract` must outlive it. kUsage when an option is outside its limits (limits.h),
  // kConfiguration when the contract lists no such metric.
  static Result<SeriesSet> make(const Contract& contract, const SeriesOptions& options);

  // The series number `number`, from 0, without a line's end.
  std::string line(std::uint64_t number) const;

 private:
  SeriesSet(const Contract& contract, const SeriesOptions& options,
            std::vector<const DeclaredMetric*> metrics)
      : contract_(&contract), options_(options), metrics_(std::move(metrics)) {}

  const Contract* contract_;
  SeriesOptions options_;
  std::vector<const DeclaredMetric*> metrics_;
};

}  // namespace candor
