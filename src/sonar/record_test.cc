#include "sonar/record.h"

#include <gtest/gtest.h>

#include "sonar/limits.h"

namespace candor {
namespace {

using namespace std::chrono_literals;
const Instant kNow = *parse_rfc3339("2026-11-21T10:00:00Z");

ScanResult run_of(ScanOutcome outcome, Instant at = kNow) {
  ScanResult result{"access", "eu1.aws", "0123", at, 1500us, outcome};
  StepResult open{
      "open", true, 700us, {1us, 2us, 3us, 4us, 5us}, 302, 2, {"302 https://idp.test/"}};
  if (outcome != ScanOutcome::kSuccess)
    open.problem = ScanProblem{ScanFailure::kHttpStatus, "the answer is 500", "200", "500"};
  open.removed = 2;
  result.steps = {open, {"login"}};
  return result;
}

TEST(ScanRecord, FailsAfterTheThresholdAndRecoversAfterTheOther) {
  ScanRecord record{"access"};
  add_run(record, run_of(ScanOutcome::kSuccess), {3, 2});
  EXPECT_EQ(record.standing, ScanStanding::kUp);
  for (int i = 0; i < 2; ++i) add_run(record, run_of(ScanOutcome::kFailure), {3, 2});
  EXPECT_EQ(record.standing, ScanStanding::kUp);
  add_run(record, run_of(ScanOutcome::kTimeout), {3, 2});
  EXPECT_EQ(record.standing, ScanStanding::kFailing);
  EXPECT_EQ(record.failures_in_a_row, 3);
  add_run(record, run_of(ScanOutcome::kSuccess), {3, 2});
  EXPECT_EQ(record.standing, ScanStanding::kFailing);
  add_run(record, run_of(ScanOutcome::kSuccess), {3, 2});
  EXPECT_EQ(record.standing, ScanStanding::kUp);
  ASSERT_EQ(record.days.size(), 1u);
  EXPECT_EQ(record.days[0].success, 3u);
  EXPECT_EQ(record.days[0].failure, 2u);
  EXPECT_EQ(record.days[0].timeout, 1u);
}

TEST(ScanRecord, KeepsNinetyDays) {
  ScanRecord record{"access"};
  for (int day = 0; day < 120; ++day)
    add_run(record, run_of(ScanOutcome::kSuccess, kNow + std::chrono::hours(24 * day)), {});
  EXPECT_EQ(record.days.size(), static_cast<std::size_t>(kRecordDays));
  EXPECT_EQ(record.days.back().day, day_of(kNow) + 119);
}

// So many runs on each of the days before `end`, and on it.
ScanRecord record_until(Instant end, int days, int runs) {
  ScanRecord record{"access"};
  for (int day = days - 1; day >= 0; --day) {
    for (int i = 0; i < runs; ++i)
      add_run(record, run_of(ScanOutcome::kSuccess, end - std::chrono::hours(24 * day)), {});
  }
  return record;
}

std::int64_t newest_day(const ScanRecord& record) { return record.days.back().day; }

TEST(ScanRecord, AClockThatIsAt1970CostsNoDay) {
  // A full bar, and one of ten days.
  for (const int days : {90, 10}) {
    auto record = record_until(kNow, days, 10);
    for (int minute = 0; minute < 20; ++minute)
      add_run(record, run_of(ScanOutcome::kFailure, Instant() + std::chrono::minutes(minute)), {});
    EXPECT_EQ(newest_day(record), day_of(kNow));
    EXPECT_GE(record.days.size(), static_cast<std::size_t>(days));
    EXPECT_EQ(record.days.back().success, 10u);
    // And when it is right again, 1970 is forgotten.
    add_run(record, run_of(ScanOutcome::kSuccess), {});
    EXPECT_EQ(record.days.size(), static_cast<std::size_t>(days));
    EXPECT_EQ(record.days.front().day, day_of(kNow) - days + 1);
    EXPECT_EQ(record.days.back().success, 11u);
  }
}

TEST(ScanRecord, AClockThatIsSetBackCountsWhereItIs) {
  auto record = record_until(kNow, 90, 2);
  for (int i = 0; i < 100; ++i)
    add_run(record, run_of(ScanOutcome::kFailure, kNow - std::chrono::hours(7 * 24)), {});
  EXPECT_EQ(record.days.size(), 90u);
  EXPECT_EQ(record.days[82].failure, 100u);
  EXPECT_EQ(newest_day(record), day_of(kNow));
}

TEST(ScanRecord, AClockThatWasAheadForAWhileCostsNoDay) {
  auto record = record_until(kNow, 90, 10);
  const auto ahead = *parse_rfc3339("2099-01-01T00:00:00Z");
  for (int i = 0; i < 20; ++i) add_run(record, run_of(ScanOutcome::kSuccess, ahead), {});
  EXPECT_GE(record.days.size(), 89u);
  add_run(record, run_of(ScanOutcome::kSuccess), {});
  EXPECT_EQ(newest_day(record), day_of(kNow));
  EXPECT_EQ(record.days.back().success, 11u);
  EXPECT_GE(record.days.size(), 88u);
}

TEST(ScanRecord, AfterALongPauseTheOldDaysGo) {
  auto record = record_until(kNow, 90, 2);
  const auto later = kNow + std::chrono::hours(24 * 200);
  for (int i = 0; i < 200; ++i) {
    add_run(record, run_of(ScanOutcome::kSuccess, later), {});
    EXPECT_LE(record.days.size(), static_cast<std::size_t>(kRecordDays));
    EXPECT_EQ(newest_day(record), day_of(later));
  }
  EXPECT_EQ(record.days.size(), 1u);
  EXPECT_EQ(record.days[0].success, 200u);
}

TEST(ScanRecord, IsReadAsItWasWritten) {
  TargetRecord record{"eu1.aws", "https://panel.test/access", "https://idp.test", {}};
  add_run(record.scan("access"), run_of(ScanOutcome::kFailure), {1, 1});
  add_run(record.scan("access"), run_of(ScanOutcome::kSuccess), {1, 1});
  const auto json = json_of(record);
  const auto again = target_record_of(*parse_json(to_pretty(json)));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(json_of(*again), json);
  EXPECT_EQ(again->scans[0].last_failure->failed()->problem->actual, "500");
  EXPECT_EQ(again->scans[0].last->steps[0].removed, 2);
}

TEST(ScanRecord, DamagedFilesAreRefusedOrReadAsFarAsTheyGo) {
  EXPECT_FALSE(target_record_of(Json::array()).ok());
  EXPECT_FALSE(target_record_of({{"format", 2}}).ok());
  const auto read = target_record_of(
      *parse_json(R"({"format":1,"scans":[{"last":{"steps":3},"days":[1,{"day":"x"}]},7,null]})"));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->scans[0].days.empty());
}

TEST(ScanRecord, FilesOfTargetsAreNoOthersAndNoFolders) {
  EXPECT_EQ(record_file_of("eu1.aws"), "eu1.aws.json");
  EXPECT_EQ(record_file_of("../a/b"), "%2E.%2Fa%2Fb.json");
  EXPECT_NE(record_file_of("a b"), record_file_of("a_b"));
}

TEST(ScanResult, WhatIsShownIsCutBetweenCharacters) {
  EXPECT_EQ(cut_to_show("short"), "short");
  const auto cut = cut_to_show(std::string(kMaxShownBytes - 1, 'x') + "ää");
  EXPECT_EQ(cut, std::string(kMaxShownBytes - 1, 'x') + "…");
}

}  // namespace
}  // namespace candor
