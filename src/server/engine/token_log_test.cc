#include "server/engine/token_log.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

class TokenLog : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_folder(table_ / "deduplication_logs").ok());
    ASSERT_TRUE(make_folder(table_ / "detached").ok());
  }

  void log(int number, std::string_view text) { ASSERT_TRUE(write_file(file(number), text).ok()); }
  void part(std::string_view name) { ASSERT_TRUE(make_folder(table_ / name).ok()); }

  int mend() {
    auto mended = forget_cut_off_inserts(folder_.path());
    EXPECT_TRUE(mended.ok()) << mended.error().message;
    return std::move(mended).value_or(-1);
  }
  std::string text(int number) { return read_file(file(number)).value_or("none"); }

  Path file(int number) const {
    return table_ / "deduplication_logs" / ("deduplication_log_" + std::to_string(number) + ".txt");
  }

  TemporaryFolder folder_;
  Path table_ = folder_.path() / "store" / "ec1" / "ec1f69fb-e018-460d-9abd-1aea401e95e1";
};

constexpr std::string_view kSecondTakenBack = "2\t202611_2_2_0\t202611_157_167\n";
constexpr std::string_view kFirst = "1\t202611_1_1_0\t202611_142_909\n";
constexpr std::string_view kSecond = "1\t202611_2_2_0\t202611_157_167\n";

TEST_F(TokenLog, ATokenWhoseRowsAreThereStays) {
  log(1, std::string(kFirst).append(kSecond));
  part("202611_1_1_0");
  part("202611_2_2_0");
  EXPECT_EQ(mend(), 0);
  EXPECT_EQ(text(1), std::string(kFirst).append(kSecond));
}

TEST_F(TokenLog, ATokenWhoseRowsNeverGotTheirNameGoes) {
  log(1, std::string(kFirst).append(kSecond));
  part("202611_1_1_0");
  part("tmp_insert_202611_2_2_0");
  part("202610_2_2_0");
  const auto mended = std::string(kFirst).append(kSecond).append(kSecondTakenBack);
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(1), mended);
  EXPECT_EQ(mend(), 0);
  EXPECT_EQ(text(1), mended);
}

TEST_F(TokenLog, TheFirstTokenOfATableGoesToo) {
  log(1, kSecond);
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(1), std::string(kSecond).append(kSecondTakenBack));
}

// As a part that a deletion left empty is dropped while rows are inserted.
TEST_F(TokenLog, APartMayHaveBeenDroppedSince) {
  const auto before =
      std::string(kFirst).append(kSecond).append("2\t202611_1_1_0\t202611_142_909\n");
  log(1, before);
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(1), before + std::string(kSecondTakenBack));
  EXPECT_EQ(mend(), 0);
}

TEST_F(TokenLog, AFileThatIsNoTableIsLeftAlone) {
  ASSERT_TRUE(write_file(table_.parent_path() / "x", "").ok());
  ASSERT_TRUE(write_file(folder_.path() / "store" / "y", "").ok());
  EXPECT_EQ(mend(), 0);
}

TEST_F(TokenLog, ThePartMayHaveBeenMergedOrRewritten) {
  log(1, std::string(kFirst).append(kSecond));
  part("202611_1_7_2_9");
  EXPECT_EQ(mend(), 0);
}

TEST_F(TokenLog, OnlyTheLastInsertCanHaveBeenCutOff) {
  log(1, std::string(kFirst).append(kSecond));
  part("202611_2_2_0");
  EXPECT_EQ(mend(), 0);
}

TEST_F(TokenLog, APartThatWasDroppedIsNoInsert) {
  log(1, std::string(kFirst).append("2\t202611_1_1_0\t202611_142_909\n"));
  EXPECT_EQ(mend(), 0);
}

TEST_F(TokenLog, TheLogMayHaveBeenTurnedOverInBetween) {
  log(9, kFirst);
  log(10, kSecond);
  log(11, "");
  part("202611_1_1_0");
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(9), kFirst);
  EXPECT_EQ(text(10), std::string(kSecond).append(kSecondTakenBack));
}

TEST_F(TokenLog, ATornLineGoes) {
  log(1, std::string(kFirst).append(kSecond.substr(0, 9)));
  part("202611_1_1_0");
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(1), kFirst);
}

TEST_F(TokenLog, ATornFirstLineGoes) {
  log(1, kFirst.substr(0, 9));
  EXPECT_EQ(mend(), 1);
  EXPECT_EQ(text(1), "");
}

TEST_F(TokenLog, WhatIsNoLogIsLeftAlone) {
  log(1, "what a later ClickHouse writes\n");
  EXPECT_EQ(mend(), 0);
  EXPECT_EQ(text(1), "what a later ClickHouse writes\n");
}

TEST(TokenLogs, AFolderWithoutTablesIsFine) {
  const TemporaryFolder folder;
  EXPECT_EQ(forget_cut_off_inserts(folder.path()).value_or(-1), 0);
}

}  // namespace
}  // namespace candor
