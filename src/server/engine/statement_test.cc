#include "server/engine/statement.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Statement, RowsBeginAfterTheFormatAndOneLineEnd) {
  const Statement s = read_statement("INSERT INTO t (a, b) FORMAT JSONEachRow\n{\"a\":1}\n");
  EXPECT_EQ(s.kind, StatementKind::kInsert);
  EXPECT_EQ(s.text, "INSERT INTO t (a, b) ");
  EXPECT_EQ(s.format, "JSONEachRow");
  EXPECT_EQ(s.rows, "{\"a\":1}\n");
}

TEST(Statement, BytesAfterTheFormatAreNotRead) {
  const std::string text("insert into t format RowBinary\r\n\0'(\n", 36);
  const Statement s = read_statement(text);
  EXPECT_EQ(s.format, "RowBinary");
  EXPECT_EQ(s.rows, std::string_view("\0'(\n", 4));
}

TEST(Statement, ValuesAreRowsToo) {
  const Statement s = read_statement("INSERT INTO `values` (format) VALUES (1), (2)");
  EXPECT_EQ(s.kind, StatementKind::kInsert);
  EXPECT_EQ(s.text, "INSERT INTO `values` (format) ");
  EXPECT_EQ(s.format, "Values");
  EXPECT_EQ(s.rows, "(1), (2)");
}

TEST(Statement, AnInsertFromASelectIsAWholeStatement) {
  for (const char* text :
       {"INSERT INTO t SELECT 1", "INSERT INTO t (a) WITH 1 AS x SELECT x FORMAT TSV",
        "INSERT INTO t FROM INFILE 'x' FORMAT CSV", "INSERT INTO t", "INSERT INTO t FORMAT"}) {
    EXPECT_EQ(read_statement(text).kind, StatementKind::kQuery) << text;
    EXPECT_EQ(read_statement(text).text, text);
  }
}

TEST(Statement, WordsInStringsNamesCommentsAndParenthesesDoNotCount) {
  const Statement s = read_statement(
      "-- INSERT\n/* FORMAT a */ SELECT 'FORMAT b', \"FORMAT c\", `FORMAT d`, 'it\\'s FORMAT e', "
      "(SELECT 1 FORMAT f) FORMAT CSV -- FORMAT g");
  EXPECT_EQ(s.kind, StatementKind::kQuery);
  EXPECT_EQ(s.format, "CSV");
}

TEST(Statement, UseAndSetBelongToTheSession) {
  EXPECT_EQ(read_statement(" use db").kind, StatementKind::kSession);
  EXPECT_EQ(read_statement("SET a = 1").kind, StatementKind::kSession);
  EXPECT_EQ(read_statement("").kind, StatementKind::kQuery);
}

TEST(Statement, UnfinishedTextIsReadToItsEnd) {
  for (const char* text : {"SELECT 'a", "SELECT `a\\", "/* a", "SELECT ((", "--"})
    EXPECT_EQ(read_statement(text).text, text);
}

TEST(SqlQuote, QuotesBackslashesAndZeroBytesAreEscaped) {
  EXPECT_EQ(sql_quote(std::string_view("a'b\\c\0", 6)), "'a\\'b\\\\c\\0'");
  EXPECT_EQ(sql_name("a`b\\"), "`a\\`b\\\\`");
}

}  // namespace
}  // namespace candor
