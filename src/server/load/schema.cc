#include "server/load/schema.h"

#include <algorithm>

#include "server/load/sql.h"

namespace candor {
namespace {

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
  return Ok{};
}

}  // namespace candor
