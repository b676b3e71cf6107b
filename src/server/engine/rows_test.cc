#include "server/engine/rows.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Rows, NumbersOf64BitsComeAsNumbersOrAsText) {
  const auto rows = read_json_compact(
      R"({"meta":[{"name":"a","type":"UInt64"},{"name":"b","type":"Int64"}],
          "data":[[18446744073709551615,-3],["18446744073709551615","-3"]],"rows":2})");
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  for (const std::size_t row : {0u, 1u}) {
    EXPECT_EQ(rows->count(row, 0), 18446744073709551615ull);
    EXPECT_EQ(rows->integer(row, 1), -3);
  }
  EXPECT_EQ(rows->columns()[0].type, "UInt64");
}

TEST(Rows, NullAndOtherTypesGiveNothing) {
  const auto rows = read_json_compact(
      R"({"meta":[{"name":"a","type":"X"}],"data":[[null],["text"],[[1,2]],[0.5]]})");
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(rows->is_null(0, 0));
  EXPECT_EQ(rows->text(0, 0), "");
  EXPECT_EQ(rows->integer(0, 0), 0);
  EXPECT_EQ(rows->integer(1, 0), 0);
  EXPECT_EQ(rows->text(2, 0), "[1,2]");
  EXPECT_EQ(rows->number(3, 0), 0.5);
}

TEST(Rows, AnAnswerThatWasCutShortIsRefused) {
  const std::string whole = R"({"meta":[{"name":"a","type":"X"}],"data":[[1],[2]],"rows":2})";
  ASSERT_TRUE(read_json_compact(whole).ok());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read_json_compact(whole.substr(0, length)).ok()) << length;
  EXPECT_FALSE(read_json_compact(R"({"meta":[{"name":"a","type":"X"}],"data":[[1,2]]})").ok());
}

}  // namespace
}  // namespace candor
