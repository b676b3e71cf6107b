#include <fmt/format.h>

#include "base/build_version.h"
#include "metrics/families.h"
#include "sonar/sonar.h"

namespace candor {
namespace {

using Labels = std::vector<FamilyLabel>;

double seconds_of(std::chrono::microseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

double seconds_of(Instant time) { return static_cast<double>(to_unix_millis(time)) / 1000; }

Labels with(Labels labels, std::string name, std::string value) {
  labels.push_back({std::move(name), std::move(value)});
  return labels;
}

void add_step(Families& families, const StepResult& step, const Labels& scan) {
  const auto labels = with(scan, "step", step.name);
  families.gauge("sonar_step_success", "Whether the step's last run was as it should be.",
                 step.problem ? 0 : 1, labels);
  families.gauge("sonar_step_duration_seconds", "How long the step's last run took.",
                 seconds_of(step.duration), labels);
  families.gauge("sonar_step_http_status_code", "The last status that the step got; 0: none.",
                 step.status, labels);
  const std::pair<const char*, std::chrono::microseconds> phases[] = {
      {"resolve", step.phases.resolve},
      {"connect", step.phases.connect},
      {"tls", step.phases.tls},
      {"processing", step.phases.processing},
      {"transfer", step.phases.transfer}};
  for (const auto& [phase, time] : phases)
    families.gauge("sonar_step_phase_seconds", "What the step's requests spent their time on.",
                   seconds_of(time), with(labels, "phase", phase));
}

void add_last(Families& families, const ScanRecord& record, const Labels& labels) {
  if (record.last_success)
    families.gauge("sonar_scan_last_success_timestamp_seconds",
                   "When the last scan began that succeeded.", seconds_of(*record.last_success),
                   labels);
  families.gauge("sonar_consecutive_failures", "Scans in a row that did not succeed.",
                 record.failures_in_a_row, labels);
  const bool is_failing = record.standing == ScanStanding::kFailing;
  families.gauge("sonar_scan_failing",
                 "Whether so many scans in a row failed that somebody is told (failureThreshold), "
                 "and not enough succeeded since (successThreshold).",
                 is_failing ? 1 : 0, labels);
  if (is_failing && record.last_failure) {
    const auto* failed = record.last_failure->failed();
    families.gauge("sonar_scan_failed_step", "While a scan is failing: where it failed last.", 1,
                   with(labels, "step", failed != nullptr ? failed->name : "none"));
  }
  if (!record.last) return;
  const auto& last = *record.last;
  families.gauge("sonar_scan_success", "Whether the last scan succeeded.",
                 last.outcome == ScanOutcome::kSuccess ? 1 : 0, labels);
  families.gauge("sonar_scan_duration_seconds", "How long the last scan took.",
                 seconds_of(last.duration), labels);
  families.gauge("sonar_scan_last_start_timestamp_seconds", "When the last scan began.",
                 seconds_of(last.started), labels);
  families.gauge("sonar_scan_last_end_timestamp_seconds", "When the last scan ended.",
                 seconds_of(last.started) + seconds_of(last.duration), labels);
  if (last.certificate_expiry)
    families.gauge("sonar_tls_earliest_cert_expiry_timestamp_seconds",
                   "When the first certificate ends that the last scan saw.",
                   seconds_of(*last.certificate_expiry), labels);
  if (last.token_expiry)
    families.gauge("sonar_auth_token_expiry_timestamp_seconds",
                   "When the token ends that the last scan had.", seconds_of(*last.token_expiry),
                   labels);
  for (const auto& step : last.steps) {
    if (step.was_run) add_step(families, step, labels);
  }
}

void add_totals(Families& families, const ScanTotals& totals, const Labels& labels) {
  const std::pair<const char*, std::uint64_t> results[] = {{"success", totals.success},
                                                           {"failure", totals.failure},
                                                           {"timeout", totals.timeout},
                                                           {"skipped", totals.skipped}};
  for (const auto& [result, count] : results)
    families.counter("sonar_scan_runs_total",
                     "Scans since the agent started, by what came of them.",
                     static_cast<double>(count), with(labels, "result", result));
  for (const auto& [what, count] : totals.step_failures)
    families.counter(
        "sonar_step_failures_total", "Failed steps since the agent started.",
        static_cast<double>(count),
        with(with(labels, "step", what.first), "class", std::string(name_of(what.second))));
  families.gauge("sonar_cleanup_leftovers",
                 "Scans since the agent started that could not remove what they, or killed ones "
                 "before them, made.",
                 static_cast<double>(totals.leftovers), labels);
}

void add_histogram(Families& families, const ScanTotals& totals, const Labels& labels) {
  constexpr std::string_view kName = "sonar_scan_duration_seconds_histogram";
  auto& family = families.of(kName, MetricType::kHistogram, "How long scans took.");
  const auto all = static_cast<double>(totals.success + totals.failure + totals.timeout);
  for (std::size_t i = 0; i < scan_buckets().size(); ++i)
    family.samples.push_back({fmt::format("{}_bucket", kName),
                              with(labels, "le", fmt::format("{}", scan_buckets()[i])),
                              static_cast<double>(totals.buckets[i])});
  family.samples.push_back({fmt::format("{}_bucket", kName), with(labels, "le", "+Inf"), all});
  family.samples.push_back({fmt::format("{}_sum", kName), labels, totals.seconds});
  family.samples.push_back({fmt::format("{}_count", kName), labels, all});
}

}  // namespace

std::vector<MetricFamily> sonar_families(const SonarPlan& plan,
                                         const std::vector<TargetSummary>& targets) {
  Families families;
  families.gauge("sonar_info", "The Sonar that scans.", 1,
                 {{"version", std::string(build_package())}});
  families.gauge("sonar_targets", "Targets that are scanned.", static_cast<double>(targets.size()));
  for (const auto& target : targets) {
    for (std::size_t i = 0; i < target.totals.size(); ++i) {
      const auto& record = target.record.scans[i];
      const Labels labels = {{"scan", record.scan}, {"target", target.record.target}};
      families.gauge("sonar_scan_interval_seconds", "Seconds from one scan to the next.",
                     static_cast<double>(plan.interval.count()), labels);
      add_last(families, record, labels);
      add_totals(families, target.totals[i], labels);
      add_histogram(families, target.totals[i], labels);
    }
  }
  return std::move(families).take();
}

}  // namespace candor
