#include "base/json.h"

#include <fmt/format.h>

namespace candor {
namespace {

// nlohmann parses without recursion. The bound is for every later walk over the document, which may
// then recurse.
bool shallow(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (!shallow(text)) {
    return Error{ErrorKind::kBadData,
                 fmt::format("The JSON is nested deeper than {} levels.", kMaxJsonDepth)};
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    return Error{ErrorKind::kBadData, fmt::format("Not valid JSON at byte {}.", e.byte)};
  } catch (const Json::exception& e) {
    return Error{ErrorKind::kBadData, "Not valid JSON."};
  }
}

const Json* find_member(const Json& json, std::string_view key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? nullptr : &*found;
}

std::string string_member(const Json& json, std::string_view key) {
  const Json* member = find_member(json, key);
  return member && member->is_string() ? member->get<std::string>() : std::string();
}

std::int64_t integer_member(const Json& json, std::string_view key, std::int64_t fallback) {
  const Json* member = find_member(json, key);
  return member && member->is_number_integer() ? member->get<std::int64_t>() : fallback;
}

bool bool_member(const Json& json, std::string_view key) {
  const Json* member = find_member(json, key);
  return member && member->is_boolean() && member->get<bool>();
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_pretty(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace candor
