#include "sonar/sonar.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "metrics/exposition.h"
#include "metrics/exposition_reader.h"

namespace candor {
namespace {

// Answers at once with the status that is set, and tells how often it was asked.
struct Target {
  std::atomic<int> status = 200;
  std::mutex mutex;
  std::condition_variable asked;
  int count = 0;

  void wait_for(int wanted) {
    std::unique_lock lock(mutex);
    asked.wait(lock, [&] { return count >= wanted; });
  }
};

class TargetClient final : public ProbeClient {
 public:
  explicit TargetClient(Target& target) : target_(target) {}
  ProbeAnswer send(const ProbeRequest&, const Pace&) override {
    const std::lock_guard lock(target_.mutex);
    ++target_.count;
    target_.asked.notify_all();
    return {.status = target_.status};
  }

 private:
  Target& target_;
};

class SonarEngine : public testing::Test {
 protected:
  SonarEngine() {
    SonarStep step;
    step.name = "open";
    step.method = "GET";
    step.url = "{{url}}";
    plan.scans = {{"status", {step}}};
    plan.targets = {{"eu1", "https://panel.test/"}, {"eu2", "https://other.test/"}};
    plan.interval = std::chrono::seconds(1);
  }

  std::unique_ptr<Sonar> start() {
    SonarOptions options{plan, folder.path() / "sonar"};
    options.make_client = [this] { return std::make_unique<TargetClient>(target); };
    auto sonar = Sonar::start(std::move(options));
    EXPECT_TRUE(sonar.ok());
    return *std::move(sonar);
  }

  TemporaryFolder folder;
  Target target;
  SonarPlan plan;
};

TEST_F(SonarEngine, ScansAllTargetsAndKeepsWhatCameOfIt) {
  auto sonar = start();
  target.wait_for(2);
  sonar.reset();
  for (const auto* file : {"eu1.json", "eu2.json"}) {
    const auto text = read_file(folder.path() / "sonar" / file);
    ASSERT_TRUE(text.ok()) << text.error().message;
    const auto record = target_record_of(*parse_json(*text));
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(record->scans[0].standing, ScanStanding::kUp);
  }
  sonar = start();
  EXPECT_GE(sonar->summary()[0].record.scans[0].days[0].success, 1u);
}

TEST_F(SonarEngine, AFileThatCannotBeReadBeginsAnew) {
  ASSERT_TRUE(make_folder(folder.path() / "sonar").ok());
  ASSERT_TRUE(write_file(folder.path() / "sonar" / "eu1.json", "{").ok());
  auto sonar = start();
  target.wait_for(2);
  sonar.reset();
  EXPECT_TRUE(parse_json(*read_file(folder.path() / "sonar" / "eu1.json")).ok());
}

TEST_F(SonarEngine, TellsTheMetricsThatAreDocumented) {
  TargetSummary summary;
  summary.record = {"eu1", "https://panel.test/?secret", "", {}};
  ScanResult result{"access",
                    "eu1",
                    "00",
                    from_unix_millis(1'800'000'000'000),
                    std::chrono::milliseconds(1500),
                    ScanOutcome::kFailure};
  result.steps = {{"open", true, std::chrono::milliseconds(5), {}, 500, 1}, {"login"}};
  result.steps[0].problem = ScanProblem{ScanFailure::kHttpStatus, "no", "200", "500"};
  result.certificate_expiry = from_unix_millis(1'900'000'000'000);
  result.token_expiry = result.certificate_expiry;
  add_run(summary.record.scan("access"), result, {});
  summary.record.scans[0].last_success = result.started;
  summary.totals.resize(1);
  summary.totals[0].failure = 1;
  summary.totals[0].step_failures[{"open", ScanFailure::kHttpStatus}] = 1;
  const auto text = expose(sonar_families(plan, {summary}), Exposition::kText);
  ASSERT_TRUE(read_exposition(text, Exposition::kText).ok());
  for (const auto* line :
       {"sonar_targets 1", "sonar_scan_success{scan=\"access\",target=\"eu1\"} 0",
        "sonar_scan_duration_seconds{scan=\"access\",target=\"eu1\"} 1.5",
        "sonar_scan_interval_seconds{scan=\"access\",target=\"eu1\"} 1",
        "sonar_scan_last_start_timestamp_seconds{scan=\"access\",target=\"eu1\"} 1800000000",
        "sonar_scan_last_end_timestamp_seconds{scan=\"access\",target=\"eu1\"} 1800000001.5",
        "sonar_scan_last_success_timestamp_seconds{scan=\"access\",target=\"eu1\"} 1800000000",
        "sonar_scan_runs_total{scan=\"access\",target=\"eu1\",result=\"failure\"} 1",
        "sonar_scan_runs_total{scan=\"access\",target=\"eu1\",result=\"skipped\"} 0",
        "sonar_consecutive_failures{scan=\"access\",target=\"eu1\"} 1",
        "sonar_step_success{scan=\"access\",target=\"eu1\",step=\"open\"} 0",
        "sonar_step_http_status_code{scan=\"access\",target=\"eu1\",step=\"open\"} 500",
        "sonar_step_phase_seconds{scan=\"access\",target=\"eu1\",step=\"open\",phase=\"tls\"} 0",
        "sonar_step_failures_total{scan=\"access\",target=\"eu1\",step=\"open\",class=\"http_"
        "status\"} 1",
        "sonar_tls_earliest_cert_expiry_timestamp_seconds{scan=\"access\",target=\"eu1\"} "
        "1900000000",
        "sonar_auth_token_expiry_timestamp_seconds{scan=\"access\",target=\"eu1\"} 1900000000",
        "sonar_cleanup_leftovers{scan=\"access\",target=\"eu1\"} 0",
        "sonar_scan_duration_seconds_histogram_count{scan=\"access\",target=\"eu1\"} 1"}) {
    EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
  }
  EXPECT_EQ(text.find("panel.test"), std::string::npos);
  // Once is no failing scan; three times are.
  EXPECT_NE(text.find("sonar_scan_failing{scan=\"access\",target=\"eu1\"} 0\n"), std::string::npos);
  EXPECT_EQ(text.find("sonar_scan_failed_step"), std::string::npos);
  add_run(summary.record.scans[0], result, {});
  add_run(summary.record.scans[0], result, {});
  const auto failing = expose(sonar_families(plan, {summary}), Exposition::kText);
  for (const auto* line :
       {"sonar_scan_failing{scan=\"access\",target=\"eu1\"} 1",
        "sonar_scan_failed_step{scan=\"access\",target=\"eu1\",step=\"open\"} 1"})
    EXPECT_NE(failing.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << failing;
}

}  // namespace
}  // namespace candor
