#include "server/record/record_parts.h"

#include <fmt/format.h>

#include <cstring>

#include "base/digest.h"

namespace candor {
namespace {

bool is_row(const Json& row) {
  return row.is_array() && (row.size() == 4 || row.size() == 5) && row[0].is_string() &&
         row[1].is_string() && row[2].is_string();
}

}  // namespace

std::optional<Problem> problem_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Problem::kHashedHere); ++i) {
    if (name_of(static_cast<Problem>(i)) == name) return static_cast<Problem>(i);
  }
  return std::nullopt;
}

Error bad_record(std::string_view why) {
  return Error{ErrorKind::kBadData,
               fmt::format("This is no record of this version of Candor: {}.", why)};
}

void add_dropped(Json& header, const std::vector<Dropped>& rows) {
  for (const auto& row : rows)
    header["dropped"].push_back({row.path, row.type, name_of(row.problem), row.count});
}

void add_kept(Json& header, const Admitted& admitted) {
  if (admitted.kept_values > 0) header["kept"] = admitted.kept_values;
  for (const auto& row : admitted.quarantined) {
    header["quarantined"].push_back(
        {row.path, row.type, name_of(row.problem), row.value, row.place});
  }
}

Result<RecordKey> key_from(const std::string& hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != sizeof(RecordKey)) return bad_record("its key is no key");
  RecordKey key;
  std::memcpy(&key.high, bytes->data(), 8);
  std::memcpy(&key.low, bytes->data() + 8, 8);
  return key;
}

Status read_dropped(const Json& header, std::vector<Dropped>& rows) {
  if (const Json* dropped = find_member(header, "dropped")) {
    if (!dropped->is_array()) return bad_record("`dropped` is damaged");
    for (const auto& row : *dropped) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_number_unsigned())
        return bad_record("a row of `dropped` is damaged");
      rows.push_back({row[0], row[1], *problem, row[3].get<std::uint64_t>()});
    }
  }
  return Ok{};
}

Status read_kept(const Json& header, Admitted& admitted) {
  admitted.kept_values = static_cast<std::uint64_t>(integer_member(header, "kept"));
  if (const Json* quarantined = find_member(header, "quarantined")) {
    if (!quarantined->is_array()) return bad_record("`quarantined` is damaged");
    for (const auto& row : *quarantined) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_string()) return bad_record("a row of `quarantined` is damaged");
      const bool placed = row.size() == 5 && row[4].is_string();
      admitted.quarantined.push_back(
          {row[0], row[1], *problem, row[3], placed ? row[4].get<std::string>() : std::string()});
    }
  }
  return Ok{};
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace candor
