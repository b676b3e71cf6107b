#include "agent/send/device_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "agent/send/limits.h"
#include "agent/send/schedule.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::chrono::hours kInterval{24};
const Instant kNow = *parse_rfc3339("2026-11-21T07:00:00Z");

TEST(DeviceScheduleTest, TheFirstMomentIsDrawnWithinAnInterval) {
  const auto first = device_moment({}, {}, kInterval, kNow, 0.5);
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(first.due);
  EXPECT_GT(first.at, kNow);
  EXPECT_LE(first.at, kNow + kInterval + kDeviceApart);
}

TEST(DeviceScheduleTest, AKeptMomentStands) {
  const auto kept = kNow + std::chrono::hours(3);
  const auto same = device_moment(kept, {}, kInterval, kNow, 0.9);
  EXPECT_EQ(same.at, kept);
  EXPECT_FALSE(same.is_new || same.due);
  EXPECT_TRUE(device_moment(kept, {}, kInterval, kept, 0.9).due);
}

TEST(DeviceScheduleTest, AStartIsNoMoment) {
  const auto missed = device_moment(kNow - std::chrono::hours(1), {}, kInterval, kNow, 0.25);
  EXPECT_TRUE(missed.is_new);
  EXPECT_FALSE(missed.due);
  EXPECT_GT(missed.at, kNow);
}

TEST(DeviceScheduleTest, AMomentBesideAReportIsDrawnAnew) {
  const auto beside = device_moment(kNow, kNow - std::chrono::minutes(2), kInterval, kNow, 0.0);
  EXPECT_TRUE(beside.is_new && !beside.due);
  EXPECT_GE(beside.at, kNow + kDeviceApart);
  EXPECT_TRUE(device_moment(kNow, kNow - std::chrono::minutes(11), kInterval, kNow, 0.0).due);
}

TEST(DeviceScheduleTest, AMomentFarAheadIsFromBeforeTheClockWasSetBack) {
  EXPECT_TRUE(device_moment(kNow + std::chrono::hours(24 * 400), {}, kInterval, kNow, 0.1).is_new);
}

TEST(DeviceScheduleTest, TheNextIsAnIntervalLaterOnAverage) {
  EXPECT_EQ(device_moment_after(kNow, kInterval, 0.0), kNow + kInterval / 2);
  EXPECT_EQ(device_moment_after(kNow, kInterval, 0.5), kNow + kInterval);
}

// Reports come at the installation's moment of each interval. Device moments fall anywhere between:
// their distance to the report before tells nothing.
TEST(DeviceScheduleTest, MomentsHaveNothingToDoWithTheReports) {
  std::mt19937_64 generator(7);
  std::uniform_real_distribution<double> random(0, 1);
  constexpr int kBins = 8;
  int bins[kBins] = {};
  constexpr int kRounds = 8000;
  const std::string installation = "70b28f00-e38f-41b2-a723-aab344f535b9";
  for (int i = 0; i < kRounds; ++i) {
    const auto report = next_due(kNow, kInterval, installation, kNow);
    const auto at = device_moment_after(kNow + Millis(i), kInterval, random(generator));
    const auto apart = (at - report) % Millis(kInterval);
    const auto positive = apart < Millis(0) ? apart + Millis(kInterval) : apart;
    ++bins[positive * kBins / Millis(kInterval)];
  }
  double chi = 0;
  for (const int count : bins)
    chi += std::pow(count - kRounds / kBins, 2) / (static_cast<double>(kRounds) / kBins);
  EXPECT_LT(chi, 24.3) << "7 degrees of freedom, one in a thousand";
}

}  // namespace
}  // namespace candor
