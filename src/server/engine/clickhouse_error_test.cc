#include "server/engine/clickhouse_error.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(ClickHouseError, TheCodeIsReadFromOldAndNewTexts) {
  EXPECT_EQ(clickhouse_error_code("Code: 60. DB::Exception: Table t does not exist"), 60);
  EXPECT_EQ(clickhouse_error_code("Code: 241, e.displayText() = DB::Exception: Memory limit"), 241);
  EXPECT_EQ(clickhouse_error_code("<html>Code: 60"), 0);
  EXPECT_EQ(clickhouse_error_code("Code: x"), 0);
}

TEST(ClickHouseError, PassingConditionsAreTriedAgain) {
  for (const int code : {202, 241, 242, 252, 999})
    EXPECT_EQ(clickhouse_error_kind(code), ErrorKind::kTryAgain) << code;
  EXPECT_EQ(clickhouse_error_kind(516), ErrorKind::kUnavailable);
  EXPECT_EQ(clickhouse_error_kind(62), ErrorKind::kBadData);
}

TEST(ClickHouseError, TheStatusIsTheOneOfClickHousesInterface) {
  EXPECT_EQ(clickhouse_http_status(62), 400);
  EXPECT_EQ(clickhouse_http_status(81), 404);
  EXPECT_EQ(clickhouse_http_status(241), 500);
  EXPECT_EQ(clickhouse_http_status(202), 503);
}

}  // namespace
}  // namespace candor
