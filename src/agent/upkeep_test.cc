#include "agent/upkeep.h"

#include <gtest/gtest.h>

#include "agent/send/schedule.h"

namespace candor {
namespace {

constexpr Instant kNow = from_unix_millis(1'795'244'400'000);

UpkeepView view(Mode mode, std::optional<Instant> last, std::size_t pending) {
  return {mode, last, pending, "53998033-28cd-470f-9a4f-d4b6e4966cc9", std::chrono::hours(24), {}};
}

TEST(Upkeep, OffDoesNothingAndWaitsToBeTold) {
  const auto plan = candor::plan(view(Mode::kOff, std::nullopt, 3), {}, kNow);
  EXPECT_FALSE(plan.seal || plan.send || plan.wake);
}

TEST(Upkeep, WhatWasAnnouncedWakesItWhenItBegins) {
  auto seen = view(Mode::kOff, std::nullopt, 0);
  seen.starts_at = kNow + std::chrono::hours(24);
  const auto plan = candor::plan(seen, {}, kNow);
  EXPECT_FALSE(plan.seal || plan.send);
  EXPECT_EQ(plan.wake, seen.starts_at);
}

TEST(Upkeep, TheFirstReportIsSealedAndSentAtOnce) {
  const auto plan = candor::plan(view(Mode::kOn, std::nullopt, 0), {}, kNow);
  EXPECT_TRUE(plan.seal && plan.send);
}

TEST(Upkeep, LocalSealsAndNeverSends) {
  EXPECT_FALSE(plan(view(Mode::kLocal, std::nullopt, 3), {}, kNow).send);
  EXPECT_TRUE(plan(view(Mode::kLocal, std::nullopt, 3), {}, kNow).seal);
}

TEST(Upkeep, BetweenReportsItSleepsUntilTheNextMoment) {
  const auto seen = view(Mode::kOn, kNow, 0);
  const auto plan = candor::plan(seen, {}, kNow);
  EXPECT_FALSE(plan.seal || plan.send);
  EXPECT_EQ(plan.wake, next_due(kNow, seen.interval, seen.installation, kNow));
}

TEST(Upkeep, WhatIsPendingIsSentWithoutWaitingForTheNextReport) {
  const auto plan = candor::plan(view(Mode::kOn, kNow, 1), {}, kNow);
  EXPECT_FALSE(plan.seal);
  EXPECT_TRUE(plan.send);
}

TEST(Upkeep, AfterFailuresItWaitsAsLongAsItWasTold) {
  UpkeepTrouble trouble;
  trouble.send_again = kNow + std::chrono::minutes(5);
  auto plan = candor::plan(view(Mode::kOn, kNow, 1), trouble, kNow);
  EXPECT_FALSE(plan.send);
  EXPECT_EQ(plan.wake, trouble.send_again);
  EXPECT_TRUE(candor::plan(view(Mode::kOn, kNow, 1), trouble, *trouble.send_again).send);
  trouble.collect_again = kNow + std::chrono::minutes(7);
  plan = candor::plan(view(Mode::kOn, std::nullopt, 0), trouble, kNow);
  EXPECT_FALSE(plan.seal || plan.send);
  EXPECT_EQ(plan.wake, trouble.collect_again);
}

}  // namespace
}  // namespace candor
