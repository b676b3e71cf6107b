// As much of SQL as the engine's HTTP interface must see: where a statement ends and its rows
// begin. Pure; the text itself is read by ClickHouse.
#pragma once

#include <string>
#include <string_view>

namespace candor {

enum class StatementKind {
  kQuery,    // whole in its text: SELECT, DDL, INSERT … SELECT
  kInsert,   // rows follow it
  kSession,  // USE or SET: lives on in the session
};

// Views into the text that was read.
struct Statement {
  StatementKind kind = StatementKind::kQuery;
  std::string_view text;  // of an INSERT with rows: up to before FORMAT or VALUES; else all
  std::string_view
      format;  // of the rows ("Values" for VALUES), or of the answer; empty when not named
  std::string_view rows;  // what follows FORMAT NAME and at most one line end
};

// Strings, quoted names, comments and parentheses are skipped over; bytes after FORMAT NAME are not
// looked at.
Statement read_statement(std::string_view text);

// A string literal of ClickHouse with these bytes, quotes included. Together with sql_name the only
// way to put a value into SQL: ClickHouse 18.16 has no query parameters.
std::string sql_quote(std::string_view bytes);

// A name (table, column, database) between backquotes.
std::string sql_name(std::string_view name);

}  // namespace candor
