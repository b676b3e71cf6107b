#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace candor {
namespace {

enum class Shape { kGood, kDeep, kWide };

// nlohmann parses without recursion. The bound of the depth is for every later walk over the
// document, which may then recurse. Up to the first error of a text, each colon is one member.
Shape shape_of(std::string_view text, std::size_t max_members) {
  std::array<std::size_t, kMaxJsonDepth + 1> members{};
  std::size_t depth = 0;
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
      if (++depth > kMaxJsonDepth) return Shape::kDeep;
      members[depth] = 0;
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ':') {
      if (++members[depth] > max_members) return Shape::kWide;
    }
  }
  return Shape::kGood;
}

Result<Json> parse(std::string_view text, std::size_t max_members) {
  switch (shape_of(text, max_members)) {
    case Shape::kDeep:
      return Error{ErrorKind::kBadData,
                   fmt::format("The JSON is nested deeper than {} levels.", kMaxJsonDepth)};
    case Shape::kWide:
      return Error{ErrorKind::kBadData,
                   fmt::format("An object of the JSON has more than {} members.", max_members)};
    case Shape::kGood:
      break;
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    return Error{ErrorKind::kBadData, fmt::format("Not valid JSON at byte {}.", e.byte)};
  } catch (const Json::exception& e) {
    return Error{ErrorKind::kBadData, "Not valid JSON."};
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text) { return parse(text, text.size()); }

Result<Json> parse_foreign_json(std::string_view text) { return parse(text, kMaxForeignMembers); }

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

std::uint64_t count_member(const Json& json, std::string_view key) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(integer_member(json, key), 0));
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
