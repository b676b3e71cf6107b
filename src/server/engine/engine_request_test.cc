#include "server/engine/engine_request.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

HttpRequest request(std::string query, std::string body) {
  HttpRequest out;
  out.method = "POST";
  out.path = "/";
  out.query = std::move(query);
  out.body = std::move(body);
  return out;
}

TEST(EngineRequest, TheBodyHoldsTheRowsOfAnInsertInTheUrl) {
  const std::string rows("\0\n", 2);
  const auto r = read_engine_request(request(
      "query=INSERT%20INTO+t+FORMAT+RowBinary&database=candor&insert_deduplication_token=a%26b",
      rows));
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(r->has_rows);
  EXPECT_EQ(r->sql, "INSERT INTO t ");
  EXPECT_EQ(r->format, "RowBinary");
  EXPECT_EQ(r->rows, rows);
  EXPECT_EQ(r->database, "candor");
  EXPECT_EQ(r->settings, (EngineSettings{{"insert_deduplication_token", "a&b"}}));
}

TEST(EngineRequest, WithoutAQueryTheBodyIsTheStatement) {
  const auto r = read_engine_request(request("default_format=JSONCompact", "SELECT 1"));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->sql, "SELECT 1");
  EXPECT_EQ(r->format, "JSONCompact");
  EXPECT_EQ(r->database, "default");
  EXPECT_FALSE(r->has_rows);
}

TEST(EngineRequest, AFormatInTheStatementWins) {
  EXPECT_EQ(read_engine_request(request("default_format=CSV", "SELECT 1 FORMAT XML"))->format,
            "XML");
}

TEST(EngineRequest, AnInsertMayStandInTheBodyWithItsRows) {
  const auto r = read_engine_request(request("", "INSERT INTO t FORMAT TSV\n1\n2\n"));
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(r->has_rows);
  EXPECT_EQ(r->rows, "1\n2\n");
}

TEST(EngineRequest, AStatementMayBeginInTheUrlAndGoOnInTheBody) {
  EXPECT_EQ(read_engine_request(request("query=SELECT+1", "+ 2"))->sql, "SELECT 1\n+ 2");
}

TEST(EngineRequest, LoginAndBufferingAreIgnored) {
  const auto r = read_engine_request(request(
      "user=a&password=b&wait_end_of_query=1&query_id=x&session_id=y&&max_threads=3", "SELECT 1"));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->settings, (EngineSettings{{"max_threads", "3"}}));
}

TEST(EngineRequest, WhatItCannotServeIsRefusedInClickHousesWords) {
  for (const char* query : {"compress=1", "decompress=1", "param_x=1", "a%20b=1", "a'b=1", "=1"}) {
    const auto r = read_engine_request(request(query, "SELECT 1"));
    ASSERT_FALSE(r.ok()) << query;
    EXPECT_EQ(clickhouse_failure(r.error()).status, 400) << query;
  }
  EXPECT_FALSE(read_engine_request(request("", " ; \n")).ok());
  HttpRequest packed = request("", "SELECT 1");
  packed.headers.push_back({"content-encoding", "gzip"});
  EXPECT_FALSE(read_engine_request(packed).ok());
}

TEST(EngineRequest, SettingsAreQuoted) {
  EXPECT_EQ(set_statement({}), "");
  EXPECT_EQ(set_statement({{"a", "1"}, {"b", "x', c = '2"}}), "SET a = '1', b = 'x\\', c = \\'2'");
}

TEST(EngineAnswer, AFailureCarriesCodeTextAndStatus) {
  const auto answer =
      clickhouse_failure({ErrorKind::kBadData, "Code: 60. DB::Exception: No table"});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "Code: 60. DB::Exception: No table\n");
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].name, "X-ClickHouse-Exception-Code");
  EXPECT_EQ(answer.headers[0].value, "60");
}

TEST(EngineAnswer, TheMediaTypeFollowsTheFormat) {
  EXPECT_EQ(clickhouse_answer("", "JSONCompact").content_type, "application/json; charset=UTF-8");
  EXPECT_EQ(clickhouse_answer("", "RowBinary").content_type, "application/octet-stream");
}

}  // namespace
}  // namespace candor
