// Sonar: smoke tests of what runs here, as a user sees it, every interval.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "metrics/family.h"
#include "sonar/plan.h"
#include "sonar/record.h"
#include "sonar/schedule.h"
#include "sonar/tokens.h"
#include "wire/probe_client.h"

namespace candor {

// Inside of the state folder: results, a file for each target.
inline constexpr std::string_view kSonarFolder = "sonar";

struct SonarOptions {
  SonarPlan plan;
  Path folder;  // of results; made if it is not there
  const Clock* clock = &system_clock();
  std::function<std::unique_ptr<ProbeClient>()> make_client = make_probe_client;
};

// What came of one scan of one target since Sonar was started.
struct ScanTotals {
  std::uint64_t success = 0;
  std::uint64_t failure = 0;
  std::uint64_t timeout = 0;
  std::uint64_t skipped = 0;  // it still ran when it was due
  std::uint64_t leftovers = 0;
  std::map<std::pair<std::string, ScanFailure>, std::uint64_t> step_failures;
  std::array<std::uint64_t, 9> buckets{};  // of its duration, by scan_buckets(); +Inf is all
  double seconds = 0;                      // of all
};

// The bounds of those buckets, in seconds.
const std::array<double, 9>& scan_buckets();

// All that is known of a target, for pages and health.
struct TargetSummary {
  TargetRecord record;
  std::vector<ScanTotals> totals;  // of each of the plan's scans
};

class Sonar {
 public:
  // kCannotCreate when the folder cannot be made. Results that cannot be read begin anew; the log
  // says so.
  static Result<std::unique_ptr<Sonar>> start(SonarOptions options);
  // Ends what is under way within a second.
  ~Sonar();
  Sonar(const Sonar&) = delete;
  Sonar& operator=(const Sonar&) = delete;

  const SonarPlan& plan() const { return options_.plan; }

  // Any thread, from memory.
  std::vector<MetricFamily> families() const CANDOR_EXCLUDES(mutex_);
  std::vector<TargetSummary> summary() const CANDOR_EXCLUDES(mutex_);

 private:
  // One scan of one target.
  struct Job {
    std::size_t target;
    std::size_t scan;
  };

  explicit Sonar(SonarOptions options);
  void read_records();
  void work(const std::stop_token& stop) CANDOR_EXCLUDES(mutex_);
  std::optional<ScanSchedule::Due> wait_for_scan(const std::stop_token& stop)
      CANDOR_EXCLUDES(mutex_);
  void scan(const ScanSchedule::Due& due, ProbeClient& client, const std::stop_token& stop)
      CANDOR_EXCLUDES(mutex_);
  void add(const Job& job, const ScanResult& result) CANDOR_REQUIRES(mutex_);
  void tell(const Job& job, const ScanResult& result, ScanStanding before, ScanStanding after);
  void write(std::size_t target) CANDOR_EXCLUDES(mutex_);

  const SonarOptions options_;
  std::vector<Job> jobs_;
  TokenKeeper tokens_;
  mutable Mutex mutex_;
  Condition ended_;  // a scan, or all of it
  ScanSchedule schedule_ CANDOR_GUARDED_BY(mutex_);
  std::vector<TargetSummary> targets_ CANDOR_GUARDED_BY(mutex_);
  std::string said_ CANDOR_GUARDED_BY(mutex_);  // of a file that cannot be written
  Mutex writing_;                               // of files; never held with mutex_ taken before
  std::vector<std::jthread> workers_;
};

// As families() of a Sonar: pure.
std::vector<MetricFamily> sonar_families(const SonarPlan& plan,
                                         const std::vector<TargetSummary>& targets);

}  // namespace candor
