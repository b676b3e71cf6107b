#include "sonar/schedule.h"

#include <gtest/gtest.h>

#include <map>

#include "sonar/limits.h"

namespace candor {
namespace {

using namespace std::chrono_literals;
using Time = ScanSchedule::Time;

std::vector<std::string> names(int count) {
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) result.push_back("target-" + std::to_string(i) + "\naccess");
  return result;
}

TEST(ScanSchedule, EachScanHasItsMomentForGood) {
  const Time begin{};
  ScanSchedule once({"a", "b"}, 60s, begin);
  ScanSchedule again({"a", "b"}, 60s, begin);
  EXPECT_EQ(once.next(), again.next());
  EXPECT_LT(*once.next(), begin + 60s);
  const auto first = *once.take(begin + 60s);
  const auto second = *once.take(begin + 60s);
  EXPECT_NE(first.at, second.at);
}

TEST(ScanSchedule, NoScanRunsBesideItself) {
  const Time begin{};
  ScanSchedule schedule({"a"}, 10s, begin);
  const auto due = schedule.take(begin + 10s);
  ASSERT_TRUE(due);
  EXPECT_FALSE(schedule.take(begin + 1000s));
  EXPECT_FALSE(schedule.next());
  // It took three intervals and a half: three moments went by.
  EXPECT_EQ(schedule.done(*due, due->at + 35s), 3u);
  EXPECT_EQ(schedule.next(), due->at + 40s);
}

TEST(ScanSchedule, HowLongAScanTakesMovesNothing) {
  const Time begin{};
  ScanSchedule schedule({"a"}, 10s, begin);
  const auto first = *schedule.take(begin + 10s);
  for (int i = 1; i <= 100; ++i) {
    const auto due = i == 1 ? first : *schedule.take(first.at + 10s * (i - 1) + 3ms);
    EXPECT_EQ(due.at, first.at + 10s * (i - 1));
    EXPECT_EQ(schedule.done(due, due.at + 9s), 0u);
  }
}

// A thousand scans of 150 ms each by four workers for an hour, on a clock that is moved by hand.
TEST(ScanSchedule, AThousandScansDriftLessThanASecondAndNeverOverlap) {
  constexpr int kScans = 1000;
  const Time begin{};
  ScanSchedule schedule(names(kScans), 60s, begin);
  std::multimap<Time, ScanSchedule::Due> running;  // by when they end
  std::map<std::size_t, Time> busy;                // until when
  std::map<std::size_t, int> runs;
  std::chrono::nanoseconds drift{};
  for (auto now = begin; now < begin + 1h; now += 10ms) {
    while (!running.empty() && running.begin()->first <= now) {
      EXPECT_EQ(schedule.done(running.begin()->second, now), 0u);
      running.erase(running.begin());
    }
    while (running.size() < kMaxScansAtOnce) {
      const auto due = schedule.take(now);
      if (!due) break;
      const auto until = busy.find(due->scan);
      ASSERT_TRUE(until == busy.end() || until->second <= now) << due->scan;
      busy[due->scan] = now + 150ms;
      drift = std::max<std::chrono::nanoseconds>(drift, now - due->at);
      ++runs[due->scan];
      running.emplace(now + 150ms, *due);
    }
  }
  EXPECT_LE(drift, 1s);
  EXPECT_EQ(runs.size(), static_cast<std::size_t>(kScans));
  for (const auto& [scan, count] : runs) EXPECT_GE(count, 59) << scan;
}

}  // namespace
}  // namespace candor
