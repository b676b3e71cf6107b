// When which scan is due. Pure: time is handed in.
//
// Each scan has its own moment in the interval, by its name, so that a thousand do not begin at
// once; from there it is due every interval, however long it takes. Moments at which it is still
// running are passed over and counted: no scan runs beside itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace candor {

// Not thread-safe.
class ScanSchedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `names` tell the scans apart, for good; the first are due within an interval from `begin`.
  ScanSchedule(const std::vector<std::string>& names, std::chrono::milliseconds interval,
               Time begin);

  struct Due {
    std::size_t scan;  // its place in `names`
    Time at;           // when it was due
  };
  // The scan that is due longest and does not run, which runs from then on; nothing when none is.
  std::optional<Due> take(Time now);
  // It ended; how many moments were passed over.
  std::uint64_t done(const Due& due, Time now);
  // When the next one is due of those that do not run; nothing when all run.
  std::optional<Time> next() const;

 private:
  std::chrono::milliseconds interval_;
  std::set<std::pair<Time, std::size_t>> waiting_;
};

}  // namespace candor
