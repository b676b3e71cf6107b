#include "sonar/json_path.h"

#include <fmt/format.h>

#include "base/numbers.h"

namespace candor {
namespace {

const Json* member_of(const Json* json, std::string_view name) {
  return json == nullptr ? nullptr : find_member(*json, name);
}

const Json* element_of(const Json* json, std::size_t index) {
  if (json == nullptr || !json->is_array() || index >= json->size()) return nullptr;
  return &(*json)[index];
}

}  // namespace

Result<const Json*> at_path(const Json& document, std::string_view path) {
  const Error wrong{ErrorKind::kConfiguration,
                    fmt::format("the path {} is none of the form $.name['name'][0]", path)};
  if (!path.starts_with('$')) return wrong;
  const Json* at = &document;
  for (auto rest = path.substr(1); !rest.empty();) {
    if (rest.front() == '.') {
      const auto end = std::min(rest.find_first_of(".[", 1), rest.size());
      if (end == 1) return wrong;
      at = member_of(at, rest.substr(1, end - 1));
      rest.remove_prefix(end);
      continue;
    }
    const auto close = rest.find(']');
    if (rest.front() != '[' || close == std::string_view::npos || close < 2) return wrong;
    const auto inside = rest.substr(1, close - 1);
    const auto index = parse_unsigned<std::size_t>(inside);
    const bool quoted = inside.size() > 2 && (inside.front() == '\'' || inside.front() == '"') &&
                        inside.back() == inside.front();
    if (!index && !quoted) return wrong;
    at = index ? element_of(at, *index) : member_of(at, inside.substr(1, inside.size() - 2));
    rest.remove_prefix(close + 1);
  }
  return at;
}

}  // namespace candor
