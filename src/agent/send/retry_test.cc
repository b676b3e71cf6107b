#include "agent/send/retry.h"

#include <gtest/gtest.h>

#include <array>

#include "agent/send/limits.h"
#include "agent/send/schedule.h"

namespace candor {
namespace {

constexpr Instant kNow = from_unix_millis(1'795'244'400'000);  // 2026-11-21T07:00:00Z

TEST(Retry, WhatEachAnswerMeans) {
  using Kind = NextStep::Kind;
  const std::pair<std::optional<int>, Kind> table[] = {
      {200, Kind::kDone},           {201, Kind::kDone},    {204, Kind::kDone},
      {301, Kind::kMend},           {400, Kind::kRefused}, {401, Kind::kMend},
      {403, Kind::kMend},           {404, Kind::kMend},    {405, Kind::kMend},
      {410, Kind::kRefused},        {415, Kind::kRefused}, {422, Kind::kRefused},
      {408, Kind::kRetry},          {409, Kind::kRefused}, {413, Kind::kRefused},
      {429, Kind::kRetry},          {500, Kind::kRetry},   {503, Kind::kRetry},
      {std::nullopt, Kind::kRetry},
  };
  for (const auto& [status, kind] : table) {
    EXPECT_EQ(next_step({status, ""}, 0, kNow, 0.5).kind, kind) << status.value_or(0);
  }
}

TEST(Retry, TheWaitIsRandomUpToABoundThatDoubles) {
  for (int tries = 0; tries < 30; ++tries) {
    const auto longest = next_step({}, tries, kNow, 0.999999).wait;
    EXPECT_LE(longest, kRetryLongest);
    EXPECT_LE(longest, kRetryBase * (1 << std::min(tries, 20)));
    EXPECT_EQ(next_step({}, tries, kNow, 0.0).wait.count(), 0);
  }
  EXPECT_GT(next_step({}, 30, kNow, 0.999999).wait, kRetryLongest - Millis(10));
}

TEST(Retry, RetryAfterIsHonoured) {
  for (const double random : {0.0, 0.5, 0.99}) {
    EXPECT_GE(next_step({503, "120"}, 0, kNow, random).wait, Millis(120'000));
    EXPECT_LE(next_step({503, "120"}, 0, kNow, random).wait, Millis(180'000));
  }
  EXPECT_EQ(next_step({429, "99999999999"}, 0, kNow, 0.5).wait, kRetryAfterLongest);
  EXPECT_EQ(*parse_retry_after("Sat, 21 Nov 2026 07:02:00 GMT", kNow), Millis(120'000));
  EXPECT_EQ(*parse_retry_after("Sat, 21 Nov 2026 06:00:00 GMT", kNow), Millis(0));
  for (const auto* text : {"", "soon", "-5", "1.5"})
    EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
}

TEST(Schedule, TheFirstReportIsDueAtOnce) {
  EXPECT_EQ(next_due(std::nullopt, std::chrono::hours(24), "x", kNow), kNow);
  EXPECT_EQ(next_due(kNow + std::chrono::hours(1), std::chrono::hours(24), "x", kNow), kNow);
}

TEST(Schedule, EachInstallationHasItsMomentAndTheMomentsAreSpread) {
  const std::chrono::hours day(24);
  std::array<int, 24> by_hour{};
  for (int i = 0; i < 2400; ++i) {
    const auto name = "installation " + std::to_string(i);
    const auto first = next_due(kNow, day, name, kNow);
    EXPECT_GE(first, kNow + day / 2);
    EXPECT_LT(first, kNow + day / 2 + day);
    // From then on exactly one a day.
    EXPECT_EQ(next_due(first, day, name, first), first + day);
    ++by_hour[static_cast<std::size_t>((first.time_since_epoch() % day) / std::chrono::hours(1))];
  }
  for (const int count : by_hour) EXPECT_GT(count, 50);
}

}  // namespace
}  // namespace candor
