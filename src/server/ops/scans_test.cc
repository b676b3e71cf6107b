#include "server/ops/scans.h"

#include <gtest/gtest.h>

#include "sonar/record.h"

namespace candor {
namespace {

constexpr std::int64_t kDay = 86'400;

PromLabels labels(const char* name, const char* result = nullptr) {
  PromLabels all{{"installation", "eu1"}, {"target", "eu1.aws"}, {"scan", "access"}};
  if (name != nullptr) all["__name__"] = name;
  if (result != nullptr) all["result"] = result;
  return all;
}

TEST(Scans, OfPrometheusADayIsTheOneThatEndsThere) {
  const auto today = 20'000 * kDay;
  const auto document = scans_document(
      {{labels("sonar_scan_success"), {{1, 0}}},
       {labels("sonar_consecutive_failures"), {{1, 4}}},
       {labels("sonar_scan_duration_seconds"), {{1, 0.25}}},
       {labels("sonar_scan_last_end_timestamp_seconds"), {{1, 1'728'000'000.5}}}},
      {{labels(nullptr, "success"), {{double(today), 419.6}, {double(today + 600), 10}}},
       {labels(nullptr, "failure"), {{double(today), 0.2}, {double(today + 600), 2.4}}},
       {{{"installation", "other"}}, {{1, 1}}}});
  ASSERT_EQ(document.size(), 1u);
  const auto& scan = document[0];
  EXPECT_EQ(scan["installation"], "eu1");
  EXPECT_EQ(scan["standing"], "failing");
  EXPECT_EQ(scan["failures_in_a_row"], 4);
  EXPECT_EQ(scan["ms"], 250);
  EXPECT_EQ(scan["last_end"], "2024-10-04T00:00:00.500Z");
  EXPECT_TRUE(scan["last_success"].is_null());
  EXPECT_EQ(scan["days"],
            Json::parse(R"([{"day":"2024-10-03","success":420,"failure":0,"timeout":0},)"
                        R"({"day":"2024-10-04","success":10,"failure":2,"timeout":0}])"));
}

TEST(Scans, OfPrometheusOneFailureIsNoneYet) {
  const auto document = scans_document(
      {{labels("sonar_scan_success"), {{1, 0}}}, {labels("sonar_consecutive_failures"), {{1, 1}}}},
      {});
  EXPECT_EQ(document[0]["standing"], "up");
  EXPECT_EQ(document[0]["failures_in_a_row"], 1);
}

TEST(Scans, WhetherOneFailsItsAgentSays) {
  const auto standing = [](double failing, double failures) {
    return scans_document({{labels("sonar_scan_success"), {{1, 0}}},
                           {labels("sonar_scan_failing"), {{1, failing}}},
                           {labels("sonar_consecutive_failures"), {{1, failures}}}},
                          {})[0]["standing"];
  };
  EXPECT_EQ(standing(1, 1), "failing");
  EXPECT_EQ(standing(1, 0), "failing") << "not enough succeeded since";
  EXPECT_EQ(standing(0, 9), "up");
  EXPECT_NE(scans_question("").find("|sonar_scan_failing|"), std::string::npos);
}

TEST(Scans, OfAnAgentWithStepsAndWhatWasExpected) {
  TargetRecord record{"eu1.aws", "https://panel.test", "https://idp.test", {}};
  ScanResult result;
  result.scan = "access";
  result.started = from_unix_millis(1'790'000'000'000);
  result.outcome = ScanOutcome::kFailure;
  StepResult step;
  step.name = "login";
  step.was_run = true;
  result.duration = std::chrono::milliseconds(1'500);
  step.problem = ScanProblem{ScanFailure::kHttpStatus, "Another status.", "200", "503"};
  result.steps = {step};
  add_run(record.scan("access"), result, {1, 1});
  const Json answer{{"format", 1}, {"targets", Json::array({json_of(record)})}};
  const auto scans = scans_of_agent(to_line(answer));
  ASSERT_TRUE(scans.ok());
  const auto& scan = scans->at(0);
  EXPECT_EQ(scan["target"], "eu1.aws");
  EXPECT_EQ(scan["last_end"], format_rfc3339(result.started + std::chrono::milliseconds(1'500)));
  EXPECT_EQ(scan["standing"], "failing");
  EXPECT_EQ(scan["last_failure"]["steps"][0]["expected"], "200");
  EXPECT_EQ(scan["last_failure"]["steps"][0]["actual"], "503");
  EXPECT_EQ(scan["days"][0]["failure"], 1);
  EXPECT_EQ(to_line(*scans).find("idp.test"), std::string::npos);
}

TEST(Scans, WhatIsNoAnswerIsTold) {
  for (const auto* text : {"", "[]", "{}", R"({"targets":7})", R"({"targets":[{"format":2}]})"})
    EXPECT_FALSE(scans_of_agent(text).ok()) << text;
  EXPECT_TRUE(scans_of_agent(R"({"format":1,"targets":[]})")->empty());
}

}  // namespace
}  // namespace candor
