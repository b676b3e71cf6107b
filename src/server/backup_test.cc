#include "server/backup.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "server/load/schema.h"
#include "server/load/sql.h"

namespace candor {
namespace {

// The first group of the expression in each statement of the schema that has it.
std::set<std::string> named_by(const std::string& expression) {
  const std::regex pattern(expression);
  std::set<std::string> names;
  for (const auto& file : sql_files()) {
    for (const auto& statement : statements_of(file.text)) {
      std::smatch found;
      if (std::regex_search(statement, found, pattern)) names.insert(found[1]);
    }
  }
  return names;
}

TEST(Backup, HasTheRowsOfEachTableThatNothingElseFills) {
  auto tables = named_by(R"(CREATE TABLE IF NOT EXISTS candor\.(\w+))");
  const auto filled =
      named_by(R"(CREATE MATERIALIZED VIEW IF NOT EXISTS candor\.\w+\s+TO candor\.(\w+))");
  EXPECT_TRUE(filled.contains("installations") && tables.contains("installations"));
  // What feeds the figures of days has no rows, and what they counted may be gone.
  for (const auto& table : filled) {
    if (table != "daily") tables.erase(table);
  }
  EXPECT_EQ(tables.erase("daily_blocks"), 1u);
  const auto listed = tables_with_rows_in_backups();
  EXPECT_EQ(std::set<std::string>(listed.begin(), listed.end()), tables);
}

}  // namespace
}  // namespace candor
