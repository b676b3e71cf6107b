#include "server/load/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "server/load/block.h"
#include "server/load/erase.h"
#include "server/load/retention.h"
#include "server/load/sql.h"

namespace candor {
namespace {

using Statements = std::vector<std::string>;

std::string one_space(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n';
    if (space && (result.empty() || result.back() == ' ')) continue;
    result += space ? ' ' : c;
  }
  while (result.ends_with(' ')) result.pop_back();
  return result;
}

Statements all_statements() {
  Statements all;
  for (const auto& file : sql_files()) {
    for (const auto& statement : statements_of(file.text)) all.push_back(one_space(statement));
  }
  return all;
}

// "(product, day)" of "CREATE TABLE IF NOT EXISTS name ( product String, day Date ) ENGINE …".
std::string columns_of(std::string_view table) {
  const auto start = "CREATE TABLE IF NOT EXISTS " + std::string(table) + " (";
  for (const auto& statement : all_statements()) {
    if (!statement.starts_with(start)) continue;
    std::string names = "(", name;
    int depth = 0;
    bool in_name = true;
    for (const char c : statement.substr(start.size())) {
      if (c == '(') ++depth;
      if (c == ')' && depth-- == 0) break;
      if (c == ',' && depth == 0) {
        names += (names.size() > 1 ? ", " : "") + name;
        name.clear();
        in_name = true;
      } else if (c == ' ') {
        in_name = name.empty();
      } else if (in_name) {
        name += c;
      }
    }
    return names + ", " + name + ")";
  }
  return "no such table";
}

TEST(Statements, AreSplitAtSemicolonsWithoutComments) {
  EXPECT_EQ(statements_of(""), Statements{});
  EXPECT_EQ(statements_of(" \n-- only; a comment\n;;\n"), Statements{});
  const auto two = statements_of("CREATE a -- why; not\n(b);\nCREATE c");
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(one_space(two[0]), "CREATE a (b)");
  EXPECT_EQ(one_space(two[1]), "CREATE c");
}

TEST(Statements, TheEngineStandsBetweenAtSigns) {
  EXPECT_EQ(statements_of("ENGINE = @MergeTree()@ ORDER BY a;"),
            Statements{"ENGINE = MergeTree() ORDER BY a"});
}

TEST(SqlFiles, MakeEveryTableOnlyWhenItIsNotThere) {
  const auto statements = all_statements();
  EXPECT_GE(statements.size(), 8u);
  for (const auto& statement : statements) {
    EXPECT_TRUE(statement.starts_with("CREATE TABLE IF NOT EXISTS candor.") ||
                statement.starts_with("CREATE MATERIALIZED VIEW IF NOT EXISTS candor."))
        << statement;
  }
}

TEST(SqlFiles, UseNothingThatAnOldClusterLacks) {
  for (const auto& statement : all_statements()) {
    for (const auto* word :
         {"DateTime64", " TTL ", " JSON", "LowCardinality", "CODEC", " WITH ", " OVER "}) {
      EXPECT_EQ(statement.find(word), std::string::npos) << word << " in " << statement;
    }
  }
}

TEST(SqlFiles, HaveTheColumnsThatBlocksWriteInTheirOrder) {
  for (const auto& table :
       {kReports, kReportValues, kDeviceReports, kEvents, kDailyBlocks, kSeries, kSamples, kCrashes,
        kLookups, kRuns, kQuarantine, kDrops, kAccounting}) {
    EXPECT_EQ(columns_of(table.name), table.columns) << table.name;
  }
}

std::set<std::string> tables_with(std::string_view column) {
  std::set<std::string> named;
  for (const auto& statement : all_statements()) {
    constexpr std::string_view kStart = "CREATE TABLE IF NOT EXISTS candor.";
    if (!statement.starts_with(kStart)) continue;
    if (statement.find(column) == std::string::npos) continue;
    named.insert(
        statement.substr(kStart.size(), statement.find(' ', kStart.size()) - kStart.size()));
  }
  return named;
}

// Else rows would be kept for ever.
TEST(SqlFiles, EveryTableWithADayIsHeldToTheRetentionButCountsAndQuarantine) {
  auto with_day = tables_with(" day Date");
  for (const auto* apart : {"drops", "accounting", "quarantine", "daily_blocks"})
    EXPECT_EQ(with_day.erase(apart), 1u) << apart;
  EXPECT_EQ(with_day, std::set<std::string>(std::begin(kTablesWithRetention),
                                            std::end(kTablesWithRetention)));
}

// Else a deletion would leave what it was asked to delete.
TEST(SqlFiles, EveryTableThatNamesAnInstallationIsErased) {
  const auto named = tables_with(" installation String");
  EXPECT_EQ(named, std::set<std::string>(std::begin(kTablesOfInstallations),
                                         std::end(kTablesOfInstallations)));
}

}  // namespace
}  // namespace candor
