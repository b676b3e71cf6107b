#include "sonar/sonar.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/counted.h"
#include "base/log.h"
#include "base/pause.h"
#include "sonar/limits.h"
#include "sonar/scan.h"

namespace candor {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::hours kLongestWait{1};

// In the order of targets, and for each of its scans.
std::vector<std::string> names_of(const SonarPlan& plan) {
  std::vector<std::string> names;
  for (const auto& target : plan.targets) {
    for (const auto& scan : plan.scans) names.push_back(target.platform + '\n' + scan.name);
  }
  return names;
}

}  // namespace

const std::array<double, 9>& scan_buckets() {
  static constexpr std::array<double, 9> kBuckets = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
  return kBuckets;
}

Result<std::unique_ptr<Sonar>> Sonar::start(SonarOptions options) {
  CANDOR_TRY(make_folder(options.folder));
  std::unique_ptr<Sonar> sonar(new Sonar(std::move(options)));
  sonar->read_records();
  const auto count = std::min(kMaxScansAtOnce, sonar->jobs_.size());
  log_info("Sonar scans {} every {} s", counted(sonar->plan().targets.size(), "target"),
           sonar->plan().interval.count());
  for (std::size_t i = 0; i < count; ++i) {
    auto* const self = sonar.get();
    sonar->workers_.emplace_back([self](const std::stop_token& stop) { self->work(stop); });
  }
  return sonar;
}

Sonar::Sonar(SonarOptions options)
    : options_(std::move(options)),
      schedule_(names_of(options_.plan), options_.plan.interval, SteadyClock::now()) {
  for (std::size_t target = 0; target < options_.plan.targets.size(); ++target) {
    for (std::size_t scan = 0; scan < options_.plan.scans.size(); ++scan)
      jobs_.push_back({target, scan});
  }
}

Sonar::~Sonar() {
  {
    // Held, so that nobody looks before and waits after.
    const MutexLock lock(mutex_);
    for (auto& worker : workers_) worker.request_stop();
  }
  ended_.notify_all();
  workers_.clear();
}

void Sonar::read_records() {
  const MutexLock lock(mutex_);
  for (const auto& target : options_.plan.targets) {
    TargetSummary summary;
    const auto file = options_.folder / record_file_of(target.platform);
    const auto text = read_file(file, kMaxSonarFileBytes);
    if (text.ok()) {
      const auto json = parse_json(*text);
      auto record = json.ok() ? target_record_of(*json) : Result<TargetRecord>(json.error());
      if (record.ok())
        summary.record = *std::move(record);
      else
        log_warning("the results in {} cannot be read and begin anew: {}", file.string(),
                    record.error().message);
    }
    if (!text.ok() && text.error().kind != ErrorKind::kNotFound)
      log_warning("the results in {} cannot be read and begin anew: {}", file.string(),
                  text.error().message);
    auto& record = summary.record;
    // At another address there may be another login.
    if (record.url != target.url) record.login_origin.clear();
    record.target = target.platform;
    record.url = target.url;
    std::erase_if(record.scans, [&](const ScanRecord& scan) {
      return std::ranges::find(plan().scans, scan.scan, &SonarScan::name) == plan().scans.end();
    });
    for (const auto& scan : plan().scans) record.scan(scan.name);
    std::ranges::sort(record.scans, {}, [&](const ScanRecord& scan) {
      return std::ranges::find(plan().scans, scan.scan, &SonarScan::name) - plan().scans.begin();
    });
    summary.totals.resize(plan().scans.size());
    targets_.push_back(std::move(summary));
  }
}

void Sonar::work(const std::stop_token& stop) {
  const auto client = options_.make_client();
  while (const auto due = wait_for_scan(stop)) scan(*due, *client, stop);
}

std::optional<ScanSchedule::Due> Sonar::wait_for_scan(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  for (;;) {
    if (stop.stop_requested()) return std::nullopt;
    const auto now = SteadyClock::now();
    if (auto due = schedule_.take(now)) return due;
    const auto next = schedule_.next().value_or(now + kLongestWait);
    ended_.wait_for(mutex_, std::min<SteadyClock::duration>(next - now, kLongestWait));
  }
}

void Sonar::scan(const ScanSchedule::Due& due, ProbeClient& client, const std::stop_token& stop) {
  const auto& job = jobs_[due.scan];
  std::string known_login;
  {
    const MutexLock lock(mutex_);
    known_login = targets_[job.target].record.login_origin;
  }
  ScanWorld world{client, tokens_, *options_.clock, [&stop] { return !stop.stop_requested(); },
                  [&stop](Millis time) { pause(stop, time); }};
  const auto result =
      run_scan(plan(), plan().scans[job.scan], plan().targets[job.target], known_login, world);
  const bool was_stopped = stop.stop_requested() && result.failed() != nullptr;
  {
    const MutexLock lock(mutex_);
    targets_[job.target].totals[job.scan].skipped += schedule_.done(due, SteadyClock::now());
    // What was ended half way says nothing about the target.
    if (!was_stopped) add(job, result);
  }
  ended_.notify_one();
  if (!was_stopped) write(job.target);
}

void Sonar::add(const Job& job, const ScanResult& result) {
  auto& summary = targets_[job.target];
  auto& record = summary.record.scans[job.scan];
  const auto before = record.standing;
  add_run(record, result, {plan().failure_threshold, plan().success_threshold});
  if (!result.login_origin.empty()) summary.record.login_origin = result.login_origin;
  tell(job, result, before, record.standing);
  auto& totals = summary.totals[job.scan];
  totals.success += result.outcome == ScanOutcome::kSuccess ? 1 : 0;
  totals.failure += result.outcome == ScanOutcome::kFailure ? 1 : 0;
  totals.timeout += result.outcome == ScanOutcome::kTimeout ? 1 : 0;
  totals.leftovers += result.left_something ? 1 : 0;
  for (const auto& step : result.steps) {
    if (step.problem) ++totals.step_failures[{step.name, step.problem->failure}];
  }
  const double seconds = static_cast<double>(result.duration.count()) / 1e6;
  for (std::size_t i = 0; i < scan_buckets().size(); ++i)
    totals.buckets[i] += seconds <= scan_buckets()[i] ? 1 : 0;
  totals.seconds += seconds;
}

// Once for each change, and not for each run.
void Sonar::tell(const Job& job, const ScanResult& result, ScanStanding before,
                 ScanStanding after) {
  const auto& scan = plan().scans[job.scan].name;
  const auto& target = plan().targets[job.target].platform;
  if (after == before) return;
  const auto* failed = result.failed();
  if (after == ScanStanding::kUp)
    log_info("scan {} of {} succeeds", scan, target);
  else if (failed != nullptr)
    log_warning("scan {} of {} is failing at {} ({}): {}", scan, target, failed->name,
                name_of(failed->problem->failure), failed->problem->message);
}

void Sonar::write(std::size_t target) {
  // One after the other, so that a file does not get older.
  const MutexLock writing(writing_);
  Json json;
  {
    const MutexLock lock(mutex_);
    json = json_of(targets_[target].record);
  }
  const auto& name = plan().targets[target].platform;
  const auto written = write_file(options_.folder / record_file_of(name), to_pretty(json));
  const auto problem = written.ok() ? std::string() : written.error().message;
  const MutexLock lock(mutex_);
  if (!problem.empty() && problem != said_)
    log_warning("results of Sonar are not kept: {}", problem);
  said_ = problem;
}

std::vector<TargetSummary> Sonar::summary() const {
  const MutexLock lock(mutex_);
  return targets_;
}

std::vector<MetricFamily> Sonar::families() const {
  const MutexLock lock(mutex_);
  return sonar_families(plan(), targets_);
}

}  // namespace candor
