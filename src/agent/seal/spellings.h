// The forms in which a name may stand in a document, and whether a text or number holds one of
// them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace candor {

// Letters and digits only, in lower case, without "0x".
std::string squeezed(std::string_view text);
// Where `word` stands in `text` with no letter, digit or "_" beside it, regardless of case; npos
// when nowhere.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);
// Every occurrence regardless of case, replaced.
std::string replaced(std::string_view text, std::string_view what, std::string_view by);

// A serial number or a world-wide name to look for.
class Wanted {
 public:
  // A serial number as it came.
  static Wanted serial(std::string_view text);
  // Hexadecimal digits of a world-wide name; its last digit does not matter.
  static Wanted worldwide(std::string_view digits);

  // Whether a whole text holds it in any form but the plain one.
  bool in_squeezed(std::string_view squeezed_text) const;
  bool is_number(std::uint64_t number) const;
  // What to look for as it is; empty when there is no plain form. A short one counts as a whole
  // word only.
  const std::string& plain() const { return plain_; }
  bool is_short() const { return short_; }

 private:
  std::string plain_;
  bool short_ = false;
  std::vector<std::string> forms_;  // squeezed
  std::vector<std::uint64_t> numbers_;
  std::uint64_t spread_ = 0;  // how far a number may be off
};

}  // namespace candor
