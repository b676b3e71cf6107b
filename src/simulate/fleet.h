// A simulated fleet: who reports when, and the exact bytes of each report.
//
// A report follows from the product, the seed, the contract, the place of its installation in the
// fleet and the day, and from nothing else: fleets of other sizes and other spans of days contain
// the same reports, byte for byte, and what was made yesterday is made again today. Whole numbers
// only, so that also another machine makes the same bytes. (Another contract or another version of
// Candor changes the header, which names them.)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "contract/contract.h"
#include "simulate/life.h"
#include "simulate/model.h"

namespace candor {

struct FleetOptions {
  std::uint64_t seed = 1;
  std::uint32_t installations = 100;  // places in the fleet; nearly all are taken on each day
  std::int64_t days = 1;
  std::int64_t until = 0;  // the day (since 1970) before which the last report is made
};

// Who reports when: the order of posting.
struct PlannedReport {
  Instant at{};
  std::uint32_t place = 0;
};

struct SimulatedReport {
  std::string installation;
  std::string body;    // pretty JSON with a final newline, as agents seal it
  std::string sha256;  // of the body, hex: its idempotency key
};

// Immutable: safe from any thread.
class Fleet {
 public:
  // `contract` must outlive it. kUsage when an option is outside its limits (limits.h).
  static Result<Fleet> make(const Contract& contract, const FleetOptions& options);

  const FleetOptions& options() const { return options_; }
  std::int64_t first_day() const { return options_.until - options_.days; }

  // All reports of one day, by time.
  std::vector<PlannedReport> plan(std::int64_t day) const;
  // How many reports all days have together. Takes as long as all plans do.
  std::uint64_t count() const;
  // `planned` must come from plan().
  SimulatedReport make_report(const PlannedReport& planned) const;

 private:
  Fleet(const Contract& contract, const FleetOptions& options);

  const Contract* contract_;
  FleetOptions options_;
  FleetKey key_;
  std::unique_ptr<Model> model_;
};

// Takes out of a report what the contract does not declare, has in a channel that is off by
// default, or no longer collects on that day, and gives the names of the channels that remain, in
// the contract's order.
std::vector<std::string> keep_declared(const Contract& contract, std::int64_t day, Json& report);

}  // namespace candor
