// Letters of ASCII, as names in protocols are compared: whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace candor {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline std::string to_lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) c = to_lower(c);
  return result;
}

// Without the spaces and tabs around it.
constexpr std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace candor
