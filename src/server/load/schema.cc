#include "server/load/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/json.h"
#include "server/load/sql.h"

namespace candor {
namespace {

using Names = std::set<std::string>;

// None where the file is not there, or cannot be read: then only a store without any table is
// noticed.
Names names_in(const Path& file) {
  Names names;
  const auto text = read_file(file);
  const auto json = text.ok() ? parse_json(*text) : Result<Json>(text.error());
  const Json* listed = json.ok() ? find_member(*json, "tables") : nullptr;
  if (listed == nullptr || !listed->is_array()) return names;
  for (const auto& name : *listed) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  return names;
}

Result<Names> names_there(EngineClient& engine) {
  CANDOR_ASSIGN(rows, engine.query("SELECT name FROM system.tables WHERE database = 'candor'"));
  Names names;
  for (std::size_t row = 0; row < rows.size(); ++row) names.insert(rows.text(row, 0));
  return names;
}

Error gone(const std::string& what) {
  return Error{ErrorKind::kBadData,
               fmt::format("the store has lost {}. Nothing is loaded, so that no figure is made of "
                           "the rest; what arrives waits in the journal",
                           what)};
}

std::string without_comments(std::string_view sql) {
  std::string result;
  while (!sql.empty()) {
    const auto end = std::min(sql.find('\n'), sql.size());
    auto line = sql.substr(0, end);
    line = line.substr(0, line.find("--"));
    result += line;
    result += '\n';
    sql.remove_prefix(std::min(end + 1, sql.size()));
  }
  return result;
}

// Columns that tables got after they were first made; their CREATE has them, too.
struct AddedColumn {
  std::string_view table, column, type, after;
};
constexpr AddedColumn kAddedColumns[] = {
    {"events", "automation", "UInt8", "again"},
    {"quarantine", "automation", "UInt8", "state"},
};

Status add_columns(EngineClient& engine) {
  for (const auto& [table, column, type, after] : kAddedColumns) {
    CANDOR_ASSIGN(there,
                  engine.query(fmt::format("SELECT count() FROM system.columns WHERE database = "
                                           "'candor' AND table = '{}' AND name = '{}'",
                                           table, column)));
    if (there.count(0, 0) > 0) continue;
    // ClickHouse 18.16 has no ADD COLUMN IF NOT EXISTS.
    CANDOR_TRY(engine.execute(fmt::format("ALTER TABLE candor.{} ADD COLUMN {} {} AFTER {}", table,
                                          column, type, after)));
  }
  return Ok{};
}

}  // namespace

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> statements;
  std::string text = without_comments(sql);
  std::erase(text, '@');
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto statement = rest.substr(0, end);
    if (statement.find_first_not_of(" \n") != std::string_view::npos)
      statements.emplace_back(statement);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return statements;
}

Status make_tables(EngineClient& engine) {
  CANDOR_TRY(engine.execute("CREATE DATABASE IF NOT EXISTS candor"));
  for (const auto& file : sql_files()) {
    for (const auto& statement : statements_of(file.text)) {
      if (auto made = engine.execute(statement); !made.ok())
        return std::move(made).error().in(file.name);
    }
  }
  return add_columns(engine);
}

Status keep_tables(EngineClient& engine, const Path& made, Stored stored) {
  CANDOR_ASSIGN(there, names_there(engine));
  const auto before = names_in(made);
  if (there.empty() && (stored == Stored::kRecords || !before.empty()))
    return gone("all of its tables");
  Names lost;
  std::ranges::set_difference(before, there, std::inserter(lost, lost.end()));
  if (!lost.empty()) return gone(fmt::format("tables ({})", fmt::join(lost, ", ")));
  CANDOR_TRY(make_tables(engine));
  CANDOR_ASSIGN(now, names_there(engine));
  if (now == before) return Ok{};
  return write_file(made, to_pretty({{"tables", now}}));
}

}  // namespace candor
