// Each rule at its edge.
#include "server/insight/verdict.h"

#include <gtest/gtest.h>

#include "server/insight/limits.h"

namespace candor {
namespace {

VersionFacts facts(std::uint64_t installations, std::uint64_t failing, std::uint64_t completed = 90,
                   std::uint64_t failed = 10, std::string_view version = "1.0") {
  return {version, installations, failing, {.completed = completed, .failed = failed}};
}

Judgement judged(const VersionFacts& one) { return judge(std::span(&one, 1)).front(); }

TEST(Verdict, FewerThanTwentyInstallationsAreNotEnough) {
  EXPECT_EQ(judged(facts(19, 19)).verdict, Verdict::kUnknown);
  EXPECT_EQ(judged(facts(0, 0, 0, 0)).verdict, Verdict::kUnknown);
  EXPECT_EQ(judged(facts(20, 20)).verdict, Verdict::kFailing);
  EXPECT_EQ(judged(facts(1, 0)).rule,
            "Not enough is known: runs of 1 installation ended, and a verdict is made from 20 on.");
}

TEST(Verdict, NineOfTenInstallationsThatFailMakeItFailing) {
  EXPECT_EQ(judged(facts(20, 18)).verdict, Verdict::kFailing);
  EXPECT_EQ(judged(facts(20, 17)).verdict, Verdict::kDegraded);
  EXPECT_EQ(judged(facts(1000, 900)).verdict, Verdict::kFailing);
  EXPECT_EQ(judged(facts(1000, 899)).verdict, Verdict::kDegraded);
  EXPECT_EQ(
      judged(facts(40, 38)).rule,
      "38 of 40 installations had more failed and lost runs than completed ones: from 90 % on "
      "it is failing.");
}

TEST(Verdict, AQuarterThatFailMakesItDegraded) {
  EXPECT_EQ(judged(facts(20, 5)).verdict, Verdict::kDegraded);
  EXPECT_EQ(judged(facts(20, 4)).verdict, Verdict::kHealthy);
  EXPECT_EQ(judged(facts(20, 0)).rule,
            "90 of 100 runs completed (90 %); 0 of 20 installations had more failed and lost runs "
            "than completed ones: below 25 % it is healthy.");
}

TEST(Verdict, TwentyPointsBelowTheNewestHealthyEarlierVersionMakeItDegraded) {
  const VersionFacts before = facts(20, 0, 90, 10, "1.0");
  const VersionFacts edge[] = {before, facts(20, 0, 70, 30, "1.1")};
  EXPECT_EQ(judge(edge)[1].verdict, Verdict::kDegraded);
  EXPECT_EQ(
      judge(edge)[1].rule,
      "70 of 100 runs completed (70 %), 20 points or more below 1.0, which is healthy: 90 %.");
  const VersionFacts all[] = {facts(20, 0, 100, 0, "1.0"), facts(20, 0, 80, 20, "1.1")};
  EXPECT_EQ(judge(all)[1].verdict, Verdict::kDegraded);
  const VersionFacts within[] = {before, facts(20, 0, 71, 29, "1.1")};
  EXPECT_EQ(judge(within)[1].verdict, Verdict::kHealthy);
  // Alone there is nothing to hold it to; a version that is not healthy is none to hold it to.
  EXPECT_EQ(judged(facts(20, 0, 70, 30)).verdict, Verdict::kHealthy);
  const VersionFacts sick[] = {facts(20, 5, 90, 10, "1.0"), facts(20, 0, 60, 40, "1.1")};
  EXPECT_EQ(judge(sick)[1].verdict, Verdict::kHealthy);
}

TEST(Verdict, TheNewestOfTheHealthyOnesIsTheMeasure) {
  // 1.1 is 15 points below 1.0, and 1.2 15 below 1.1: each is held to the one before it.
  const VersionFacts slow[] = {facts(20, 0, 95, 5, "1.0"),  facts(20, 0, 80, 20, "1.1"),
                               facts(20, 0, 65, 35, "1.2"), facts(20, 19, 1, 99, "1.3"),
                               facts(3, 0, 1, 0, "1.4"),    facts(20, 0, 40, 60, "1.5")};
  const auto judgements = judge(slow);
  EXPECT_EQ(judgements[2].verdict, Verdict::kHealthy);
  EXPECT_EQ(judgements[3].verdict, Verdict::kFailing);
  EXPECT_EQ(judgements[4].verdict, Verdict::kUnknown);
  EXPECT_EQ(judgements[5].verdict, Verdict::kDegraded);
  EXPECT_NE(judgements[5].rule.find("below 1.2"), std::string::npos);
}

TEST(Verdict, SuccessIsOfWhatEnded) {
  EXPECT_DOUBLE_EQ(
      (RunCounts{.running = 9, .completed = 1, .failed = 1, .aborted = 1, .lost = 1}).success(),
      0.25);
  EXPECT_DOUBLE_EQ(RunCounts{.running = 9}.success(), 0);
}

}  // namespace
}  // namespace candor
