#include "agent/seal/spellings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/numbers.h"

namespace candor {
namespace {

// A shorter form would be found in texts that have nothing to do with it.
constexpr std::size_t kShortestForm = 4;
// A smaller number would be found among counters.
constexpr std::uint64_t kSmallestNumber = 1u << 20;
// ATA gives a serial number this many characters.
constexpr std::size_t kAtaSerialLength = 20;

// ASCII, whatever the locale; these run over every character of a document many times.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_word(char c) { return is_plain(c) || c == '_'; }

// ATA keeps texts as 16-bit words, the first character in the upper half.
std::string swapped(std::string text) {
  if (text.size() % 2 == 1) text += ' ';
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) std::swap(text[i], text[i + 1]);
  return text;
}

std::string reversed(std::string_view text) { return {text.rbegin(), text.rend()}; }

std::string reversed_bytes(std::string_view hex) {
  std::string result;
  for (std::size_t i = hex.size() / 2; i > 0; --i) result += hex.substr(2 * (i - 1), 2);
  return result;
}

std::string without_zeros(std::string_view digits) {
  const auto first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? std::string() : std::string(digits.substr(first));
}

std::optional<std::uint64_t> hex_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 16) return std::nullopt;
  std::uint64_t number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string squeezed(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool prefix = text[i] == '0' && i + 1 < text.size() && to_lower(text[i + 1]) == 'x' &&
                        (i == 0 || !is_word(text[i - 1]));
    if (prefix) {
      ++i;
    } else if (is_plain(text[i])) {
      result += to_lower(text[i]);
    }
  }
  return result;
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  if (word.empty()) return std::string_view::npos;
  const auto in = to_lower(text);
  const auto what = to_lower(word);
  for (auto at = in.find(what, from); at != std::string::npos; at = in.find(what, at + 1)) {
    const auto end = at + what.size();
    if ((at == 0 || !is_word(in[at - 1])) && (end == in.size() || !is_word(in[end]))) return at;
  }
  return std::string_view::npos;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  if (what.empty() || text.size() < what.size()) return std::string(text);
  const auto in = to_lower(text);
  const auto wanted = to_lower(what);
  std::string result;
  std::size_t done = 0;
  for (auto at = in.find(wanted); at != std::string::npos; at = in.find(wanted, done)) {
    result += text.substr(done, at - done);
    result += by;
    done = at + wanted.size();
  }
  return result += text.substr(done);
}

Wanted Wanted::serial(std::string_view text) {
  Wanted wanted;
  wanted.plain_ = text;
  wanted.short_ = squeezed(text).size() < kShortestForm;
  if (wanted.short_) return wanted;
  std::string left(text), right(text);
  if (left.size() < kAtaSerialLength) left.append(kAtaSerialLength - left.size(), ' ');
  if (right.size() < kAtaSerialLength) right.insert(0, kAtaSerialLength - right.size(), ' ');
  for (const auto& spelling :
       {std::string(text), swapped(std::string(text)), swapped(left), swapped(right)}) {
    const auto first = spelling.find_first_not_of(' ');
    const auto last = spelling.find_last_not_of(' ');
    const auto trimmed = spelling.substr(first, last - first + 1);
    for (const auto& cased : {trimmed, to_lower(trimmed)}) {
      wanted.forms_.push_back(to_hex(cased));
      wanted.forms_.push_back(to_hex(reversed(cased)));
    }
    wanted.forms_.push_back(squeezed(trimmed));
    wanted.forms_.push_back(squeezed(reversed(trimmed)));
  }
  wanted.forms_.push_back(without_zeros(squeezed(text)));
  std::erase_if(wanted.forms_, [](const auto& form) { return form.size() < kShortestForm; });
  std::ranges::sort(wanted.forms_);
  wanted.forms_.erase(std::unique(wanted.forms_.begin(), wanted.forms_.end()), wanted.forms_.end());
  if (const auto number = parse_unsigned<std::uint64_t>(squeezed(text)))
    wanted.numbers_.push_back(*number);
  return wanted;
}

Wanted Wanted::worldwide(std::string_view digits) {
  Wanted wanted;
  wanted.spread_ = 16;
  const auto add = [&wanted](const std::string& form) {
    if (form.size() >= 2 * kShortestForm) wanted.forms_.push_back(form.substr(0, form.size() - 1));
  };
  add(std::string(digits));
  // Its ports differ in the last digit, which stands in front of the others here.
  const auto turned = reversed_bytes(digits);
  if (turned.size() >= 2 * kShortestForm) wanted.forms_.push_back(turned.substr(2));
  add(without_zeros(digits));
  if (const auto number = hex_number(without_zeros(digits)); number && *number >= kSmallestNumber) {
    wanted.numbers_.push_back(*number);
    // As decimal digits in a text; the neighbours of it are numbers, and differ in the last two.
    const auto decimal = fmt::format("{}", *number);
    wanted.forms_.push_back(decimal);
    if (decimal.size() > 12) wanted.forms_.push_back(decimal.substr(0, decimal.size() - 2));
  }
  return wanted;
}

bool Wanted::in_squeezed(std::string_view squeezed_text) const {
  return std::ranges::any_of(forms_, [&](const std::string& form) {
    return squeezed_text.find(form) != std::string_view::npos;
  });
}

bool Wanted::is_number(std::uint64_t number) const {
  return std::ranges::any_of(numbers_, [&](std::uint64_t one) {
    return (number > one ? number - one : one - number) <= spread_;
  });
}

}  // namespace candor
