// JSON documents: the order of keys is kept, so what is written is what was meant to be read.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"

namespace candor {

using Json = nlohmann::ordered_json;

// Parses one whole JSON document (UTF-8, at most kMaxJsonDepth deep). kBadData with the byte offset
// otherwise; the message never repeats the document's text.
Result<Json> parse_json(std::string_view text);
// The same of a text that anybody may have written: no object of more than kMaxForeignMembers, as
// Json looks through all members of an object for each that it adds.
Result<Json> parse_foreign_json(std::string_view text);

// The member of an object, or nullptr when `json` is no object or has no such member of that type.
const Json* find_member(const Json& json, std::string_view key);
// A member that is a string; empty when absent or of another type.
std::string string_member(const Json& json, std::string_view key);
// A member that is a whole number; `fallback` when absent or of another type.
std::int64_t integer_member(const Json& json, std::string_view key, std::int64_t fallback = 0);
// A member that is a whole number from 0 on; 0 when absent, of another type, or less.
std::uint64_t count_member(const Json& json, std::string_view key);
bool bool_member(const Json& json, std::string_view key);

// The document on one line, and the document as `show` prints it (two spaces, final newline).
// Invalid UTF-8 in strings is replaced, never thrown on.
std::string to_line(const Json& json);
std::string to_pretty(const Json& json);

inline constexpr int kMaxJsonDepth = 64;

}  // namespace candor
