#include "server/engine/rows.h"

#include <charconv>
#include <type_traits>

namespace candor {
namespace {

// Older servers quote numbers of 64 bits whatever they are told.
template <typename Number>
Number to_number(const Json& value) {
  if (value.is_number_unsigned()) return static_cast<Number>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<Number>(value.get<std::int64_t>());
  if (value.is_number_float()) return static_cast<Number>(value.get<double>());
  if (value.is_boolean()) return value.get<bool>() ? Number{1} : Number{0};
  Number out{};
  if (const auto* text = value.get_ptr<const std::string*>())
    std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

Error not_an_answer(std::string_view what) {
  return Error{ErrorKind::kBadData,
               "ClickHouse's answer is no whole JSONCompact document: " + std::string(what)};
}

}  // namespace

std::string Rows::text(std::size_t row, std::size_t column) const {
  const Json& cell = value(row, column);
  if (cell.is_null()) return {};
  if (const auto* text = cell.get_ptr<const std::string*>()) return *text;
  return to_line(cell);
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const {
  return to_number<std::int64_t>(value(row, column));
}

std::uint64_t Rows::count(std::size_t row, std::size_t column) const {
  return to_number<std::uint64_t>(value(row, column));
}

double Rows::number(std::size_t row, std::size_t column) const {
  return to_number<double>(value(row, column));
}

Result<Rows> read_json_compact(std::string_view json) {
  CANDOR_ASSIGN(document, parse_json(json));
  const Json* meta = find_member(document, "meta");
  const Json* data = find_member(document, "data");
  if (!meta || !meta->is_array() || !data || !data->is_array())
    return not_an_answer("meta or data is missing");
  Rows rows;
  for (const Json& column : *meta)
    rows.columns_.push_back({string_member(column, "name"), string_member(column, "type")});
  rows.values_.reserve(data->size());
  for (const Json& row : *data) {
    if (!row.is_array() || row.size() != rows.columns_.size())
      return not_an_answer("a row has another number of values than there are columns");
    rows.values_.emplace_back(row.begin(), row.end());
  }
  return rows;
}

}  // namespace candor
