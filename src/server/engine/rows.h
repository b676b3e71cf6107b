// The answer to a question: rows of typed values, in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace candor {

struct Column {
  std::string name;
  std::string type;  // ClickHouse's: "UInt64", "Nullable(String)", …
};

// Rows are counted from 0, columns by their place in the SELECT. Asking beyond either is a bug.
class Rows {
 public:
  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  const std::vector<Column>& columns() const { return columns_; }

  // The value as JSON: a number of 64 bits is a number or a string, as the server likes.
  const Json& value(std::size_t row, std::size_t column) const { return values_[row][column]; }

  // The value as that type. NULL, and what does not read as the type, gives 0 or "". Times are
  // text: "2026-11-21 07:30:00", UTC.
  std::string text(std::size_t row, std::size_t column) const;
  std::int64_t integer(std::size_t row, std::size_t column) const;
  std::uint64_t count(std::size_t row, std::size_t column) const;
  double number(std::size_t row, std::size_t column) const;
  bool is_null(std::size_t row, std::size_t column) const { return value(row, column).is_null(); }

 private:
  friend Result<Rows> read_json_compact(std::string_view json);
  std::vector<Column> columns_;
  std::vector<std::vector<Json>> values_;
};

// Reads an answer in FORMAT JSONCompact; kBadData when it is none, or one that was cut short.
Result<Rows> read_json_compact(std::string_view json);

}  // namespace candor
