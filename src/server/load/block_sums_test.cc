#include "server/load/block_sums.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace candor {
namespace {

std::vector<std::string> rows_of(BlockSums& sums) {
  std::vector<std::string> rows;
  sums.take([&](const BlockSums::Texts& texts, std::int64_t day, std::uint64_t count) {
    std::string row;
    for (const auto text : texts) row.append(text) += '|';
    rows.push_back(row + std::to_string(day) + "=" + std::to_string(count));
  });
  return rows;
}

TEST(BlockSums, TheSameThingOnTheSameDayIsOneRow) {
  BlockSums sums;
  sums.add({"p", "accepted", ""}, 1, 2);
  sums.add({"p", "accepted", ""}, 2, 1);
  sums.add({"q", "accepted", ""}, 1, 1);
  sums.add({"p", "accepted", ""}, 1, 5);
  EXPECT_EQ(rows_of(sums),
            (std::vector<std::string>{"p|accepted|||1=7", "p|accepted|||2=1", "q|accepted|||1=1"}));
  EXPECT_TRUE(rows_of(sums).empty());
}

TEST(BlockSums, TextsAreToldApartWhereverTheyEnd) {
  using namespace std::string_view_literals;
  BlockSums sums;
  sums.add({"ab", "c"}, 1, 1);
  sums.add({"a", "bc"}, 1, 1);
  sums.add({"a\0b"sv, ""}, 1, 1);
  sums.add({"a", "b"}, 1, 1);
  EXPECT_EQ(rows_of(sums).size(), 4u);
}

TEST(BlockSums, WhatIsTakenBackWrapsAround) {
  BlockSums sums;
  sums.add({"p"}, 1, 3);
  sums.add({"p"}, 1, ~std::uint64_t{0});
  EXPECT_EQ(rows_of(sums), (std::vector<std::string>{"p||||1=2"}));
}

}  // namespace
}  // namespace candor
