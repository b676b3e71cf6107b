// What the loader's "exactly once" stands on, asked of the real engine.
#include "engine_process.h"

namespace candor {
namespace {

class Deduplication : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    execute("CREATE TABLE t (day Date, v UInt64) ENGINE = MergeTree PARTITION BY day ORDER BY v");
    execute(
        "CREATE TABLE total (day Date, s AggregateFunction(sum, UInt64)) "
        "ENGINE = AggregatingMergeTree ORDER BY day");
  }

  void make_view() {
    execute(
        "CREATE MATERIALIZED VIEW to_total TO total AS "
        "SELECT day, sumState(v) AS s FROM t GROUP BY day");
  }

  void insert_rows(std::string_view token, std::string_view rows) {
    insert({.into = "t (day, v)", .format = "JSONEachRow", .rows = rows, .token = token});
  }

  std::uint64_t sum() { return count("SELECT sum(v) FROM t"); }
  std::uint64_t view_sum() { return count("SELECT sumMerge(s) FROM total"); }
};

constexpr std::string_view kRows =
    "{\"day\":\"2026-11-20\",\"v\":5}\n{\"day\":\"2026-11-21\",\"v\":7}\n";

TEST_F(Deduplication, ATokenSentTwiceIsStoredOnceInTableAndView) {
  make_view();
  insert_rows("segment-1", kRows);
  insert_rows("segment-1", kRows);
  EXPECT_EQ(sum(), 12u);
  EXPECT_EQ(view_sum(), 12u);
}

TEST_F(Deduplication, TheSameRowsUnderAnotherTokenAreStoredAgainInTableAndView) {
  make_view();
  insert_rows("segment-1", kRows);
  insert_rows("segment-2", kRows);
  EXPECT_EQ(sum(), 24u);
  EXPECT_EQ(view_sum(), 24u);
}

TEST_F(Deduplication, RowsWithoutATokenAreKnownByTheirBytes) {
  make_view();
  insert_rows("", kRows);
  insert_rows("", kRows);
  EXPECT_EQ(sum(), 12u);
  EXPECT_EQ(view_sum(), 12u);
}

TEST_F(Deduplication, DifferentRowsThatAViewFoldsToTheSameAreBothInTheView) {
  make_view();
  insert_rows("segment-1", "{\"day\":\"2026-11-20\",\"v\":1}\n{\"day\":\"2026-11-20\",\"v\":4}\n");
  insert_rows("segment-2", "{\"day\":\"2026-11-20\",\"v\":2}\n{\"day\":\"2026-11-20\",\"v\":3}\n");
  insert_rows("", "{\"day\":\"2026-11-20\",\"v\":0}\n{\"day\":\"2026-11-20\",\"v\":5}\n");
  EXPECT_EQ(view_sum(), 15u);
}

// As after a crash between the table and its view.
TEST_F(Deduplication, ABlockThatMissedTheViewReachesItWhenSentAgain) {
  insert_rows("segment-1", kRows);
  make_view();
  insert_rows("segment-1", kRows);
  EXPECT_EQ(sum(), 12u);
  EXPECT_EQ(view_sum(), 12u);
}

TEST_F(Deduplication, TokensAreKnownAfterAKill) {
  make_view();
  insert_rows("segment-1", kRows);
  kill_engine();
  insert_rows("segment-1", kRows);
  EXPECT_EQ(sum(), 12u);
  EXPECT_EQ(view_sum(), 12u);
}

// As after a kill between the line of the token and the rename that gives the part its name.
TEST_F(Deduplication, ATokenWithoutItsRowsIsForgotten) {
  insert_rows("segment-1", kRows);
  insert_rows("segment-2", "{\"day\":\"2026-11-21\",\"v\":30}\n");
  const auto path = client_now().query(
      "SELECT path FROM system.parts WHERE table = 't' AND active ORDER BY max_block_number DESC "
      "LIMIT 1");
  ASSERT_TRUE(path.ok() && path->size() == 1);
  const Path part = path->text(0, 0);
  supervisor_.reset();
  ASSERT_GT(std::filesystem::remove_all(part), 1u);
  start();
  EXPECT_EQ(sum(), 12u);
  insert_rows("segment-2", "{\"day\":\"2026-11-21\",\"v\":30}\n");
  insert_rows("segment-1", kRows);
  EXPECT_EQ(sum(), 42u);
}

// More rows than ClickHouse puts into one block.
TEST_F(Deduplication, AnInsertOfSeveralBlocksIsStoredOnce) {
  make_view();
  std::string rows;
  for (int i = 0; i < 1'200'000; ++i) rows += "2026-11-21\t1\n";
  const EngineInsert big{
      .into = "t (day, v)", .format = "TabSeparated", .rows = rows, .token = "big"};
  insert(big);
  insert(big);
  EXPECT_EQ(sum(), 1'200'000u);
  EXPECT_EQ(view_sum(), 1'200'000u);
}

}  // namespace
}  // namespace candor
