#include "base/version_order.h"

#include <algorithm>
#include <optional>

namespace candor {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One number or word.
struct Part {
  bool is_number = false;
  std::string_view text;  // of a number without zeros before it
};

// Takes it off the front; nothing at the end.
std::optional<Part> next_part(std::string_view& rest) {
  const auto begin = std::ranges::find_if(rest, [](char c) { return is_digit(c) || is_letter(c); });
  rest.remove_prefix(static_cast<std::size_t>(begin - rest.begin()));
  if (rest.empty()) return std::nullopt;
  const bool number = is_digit(rest.front());
  const auto end =
      std::ranges::find_if_not(rest, [&](char c) { return number ? is_digit(c) : is_letter(c); });
  Part part{number, rest.substr(0, static_cast<std::size_t>(end - rest.begin()))};
  rest.remove_prefix(part.text.size());
  if (number) part.text.remove_prefix(std::min(part.text.find_first_not_of('0'), part.text.size()));
  return part;
}

// How a version that ends here stands to one that goes on with that part.
std::weak_ordering end_against(const Part& part) {
  return part.is_number || part.text == "post" ? std::weak_ordering::less
                                               : std::weak_ordering::greater;
}

std::weak_ordering compare(const Part& a, const Part& b) {
  if (a.is_number != b.is_number) {
    // 1.2.rc1 < 1.2.1 < 1.2.post1 would be more than anybody writes.
    return a.is_number ? std::weak_ordering::greater : std::weak_ordering::less;
  }
  if (a.is_number && a.text.size() != b.text.size()) return a.text.size() <=> b.text.size();
  return a.text <=> b.text;
}

void drop_v(std::string_view& version) {
  if (version.size() > 1 && (version[0] == 'v' || version[0] == 'V') && is_digit(version[1]))
    version.remove_prefix(1);
}

}  // namespace

std::weak_ordering compare_versions(std::string_view a, std::string_view b) {
  drop_v(a);
  drop_v(b);
  for (;;) {
    const auto one = next_part(a), other = next_part(b);
    if (!one && !other) return std::weak_ordering::equivalent;
    if (!one) return end_against(*other);
    if (!other) return 0 <=> end_against(*one);
    if (const auto order = compare(*one, *other); order != 0) return order;
  }
}

}  // namespace candor
