#include "server/load/daily_rollup.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/load/block_fixture.h"
#include "server/load/limits.h"

namespace candor {
namespace {

using Rows = std::vector<std::string>;

TEST(DailyRollup, IsARowForEachFigureDayAndValue) {
  DailyRollup rollup;
  const auto all = rollup.figure("p", ""), stars = rollup.figure("p", "stars");
  EXPECT_EQ(rollup.figure("p", "stars"), stars);
  rollup.add(all, 20'000, "signup", "", 1, 11);
  rollup.add(stars, 20'000, "page", "5", 5, 11);
  rollup.add(all, 20'000, "signup", "", 1, 12);
  rollup.add(all, 20'001, "signup", "", 1, 11);
  rollup.add(stars, 20'000, "page", "4", 4, 12);
  rollup.add(rollup.figure("q", ""), 20'000, "signup", "", 1, 11);
  EXPECT_EQ(native_rows_of(rollup.take(9)),
            (Rows{"p'|'|2024-10-04|signup'|'|2|2|[2]|9", "p'|stars'|2024-10-04|page'|5'|1|5|[1]|9",
                  "p'|'|2024-10-05|signup'|'|1|1|[1]|9", "p'|stars'|2024-10-04|page'|4'|1|4|[1]|9",
                  "q'|'|2024-10-04|signup'|'|1|1|[1]|9"}));
  EXPECT_TRUE(rollup.empty());
  rollup.add(stars, 20'000, "page", "5", 5, 11);
  EXPECT_EQ(native_rows_of(rollup.take(10)), (Rows{"p'|stars'|2024-10-04|page'|5'|1|5|[1]|10"}));
}

TEST(DailyRollup, ValueAndBucketAreToldApart) {
  DailyRollup rollup;
  const auto figure = rollup.figure("p", "f");
  rollup.add(figure, 1, "ab", "c", 0, 1);
  rollup.add(figure, 1, "a", "bc", 0, 1);
  rollup.add(figure, 1, "abc", "", 0, 1);
  EXPECT_EQ(native_rows_of(rollup.take(1)).size(), 3u);
}

TEST(DailyRollup, OfASourceThatComesAgainThereIsOneHash) {
  DailyRollup rollup;
  const auto figure = rollup.figure("p", "f");
  for (const std::uint64_t source : {0, 0, 3, 3, 3, 0}) rollup.add(figure, 1, "v", "", 2, source);
  rollup.add(figure, 1, "w", "", 2, 3);
  EXPECT_EQ(native_rows_of(rollup.take(1)),
            (Rows{"p'|f'|1970-01-02|v'|'|6|12|[2]|1", "p'|f'|1970-01-02|w'|'|1|2|[1]|1"}));
  // Nor is it taken for known in the next block.
  rollup.add(figure, 1, "v", "", 2, 3);
  EXPECT_EQ(native_rows_of(rollup.take(2)), (Rows{"p'|f'|1970-01-02|v'|'|1|2|[1]|2"}));
}

TEST(DailyRollup, IsFullAtItsLimitAndNotBefore) {
  DailyRollup rollup;
  const auto figure = rollup.figure("p", "f");
  for (std::size_t i = 0; i < kMaxRollupRows; ++i) {
    EXPECT_FALSE(rollup.full());
    rollup.add(figure, 1, fmt::format("value {}", i), "", 0, 1);
  }
  EXPECT_TRUE(rollup.full());
  EXPECT_EQ(native_rows_of(rollup.take(1)).size(), kMaxRollupRows);
  EXPECT_FALSE(rollup.full());
  for (std::size_t i = 0; i < kMaxRollupSources; ++i) rollup.add(figure, 1, "v", "", 0, i + 1);
  EXPECT_TRUE(rollup.full());
}

}  // namespace
}  // namespace candor
