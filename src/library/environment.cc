#include "library/environment.h"

#include <algorithm>

namespace candor::library {
namespace {

bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

}  // namespace

bool says_yes(std::string_view text) {
  return !text.empty() && text != "0" && !is_word(text, "false");
}

bool says_off(std::string_view text) { return !text.empty() && !is_word(text, "on"); }

}  // namespace candor::library
