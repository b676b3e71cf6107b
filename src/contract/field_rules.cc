#include "contract/field_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/numbers.h"
#include "contract/limits.h"

namespace candor {
namespace {

void check_bounds(TomlTable& table, const Field& field) {
  const bool numeric = field.type == FieldType::kInteger || field.type == FieldType::kNumber;
  if (!numeric && (field.min || field.max))
    table.reject("min", "min and max are bounds of numbers.");
  if (field.min && !std::isfinite(*field.min)) table.reject("min", "min is a finite number.");
  if (field.max && !std::isfinite(*field.max)) table.reject("max", "max is a finite number.");
  if (field.min && field.max && *field.min > *field.max)
    table.reject("min", "min is greater than max.");
  if (field.type != FieldType::kString && (table.has("values") || table.has("max_length"))) {
    table.reject("values", "values and max_length are bounds of strings.");
  }
  const bool hashing =
      field.privacy == PrivacyClass::kHashed || field.privacy == PrivacyClass::kKeyed;
  if (hashing && field.type != FieldType::kString) {
    table.reject("class", fmt::format("only a string can be {}.", name_of(field.privacy)));
  }
}

bool are_bounds(const std::vector<std::string>& texts) {
  std::vector<double> bounds;
  for (const auto& text : texts) {
    const auto bound = parse_number(text);
    if (!bound) return false;
    bounds.push_back(*bound);
  }
  return !bounds.empty() && bounds.size() <= kMaxHistogramBounds &&
         std::ranges::is_sorted(bounds, std::less_equal<>());
}

void check_kind(TomlTable& table, const Field& field) {
  const bool is_histogram = field.kind == FieldKind::kHistogram;
  if (!is_histogram && !field.bounds.empty())
    table.reject("bounds", "bounds are of fields of kind \"histogram\".");
  if (field.kind == FieldKind::kValue) return;
  if (field.event || field.privacy != PrivacyClass::kClear)
    table.reject("kind", "only a field of reports, of class \"clear\", is counted.");
  const auto path = std::string_view(field.path);
  const auto plain = is_histogram && path.ends_with(".*") ? path.substr(0, path.size() - 2) : path;
  const bool is_plain = plain.find_first_of("[*") == std::string_view::npos;
  if (is_histogram) {
    if (!is_plain || plain == path || field.type != FieldType::kNumber)
      table.reject("kind",
                   "a histogram is of type \"number\", and its path ends with \".*\": its keys "
                   "are its bounds.");
    if (!are_bounds(field.bounds))
      table.reject("bounds", fmt::format("bounds are 1 to {} numbers, the smallest first: "
                                         "[\"0.1\", \"1\", \"10\"].",
                                         kMaxHistogramBounds));
  } else if (!is_plain || field.type != FieldType::kInteger) {
    table.reject("kind", "a counter is of type \"integer\", in no list and no open map.");
  }
}

// What an operator agreed to says "support" then, and nothing but a whole text is looked for.
void check_lookup(TomlTable& table, const Field& field) {
  if (field.purpose != Purpose::kSupport)
    table.reject("lookup", "only a field of purpose \"support\" can be looked up.");
  if (field.type != FieldType::kString || field.privacy != PrivacyClass::kClear)
    table.reject("lookup", "only a string of class \"clear\" can be looked up.");
  if (field.path.find_first_of("[*") != std::string::npos)
    table.reject("lookup", "a field in a list or an open map cannot be looked up.");
}

}  // namespace

void check_field(TomlTable& table, const Field& field) {
  check_bounds(table, field);
  check_kind(table, field);
  if (field.lookup) check_lookup(table, field);
}

}  // namespace candor
