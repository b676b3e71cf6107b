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

// What a version goes on with, by how new that makes it; the end is among them.
int rank_of(const std::optional<Part>& part) {
  if (!part) return 1;
  if (part->is_number) return 3;
  return part->text == "post" ? 2 : 0;
}

std::weak_ordering compare(const std::optional<Part>& a, const std::optional<Part>& b) {
  if (const auto order = rank_of(a) <=> rank_of(b); order != 0 || !a) return order;
  if (a->is_number && a->text.size() != b->text.size()) return a->text.size() <=> b->text.size();
  return a->text <=> b->text;
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
    const auto order = compare(one, other);
    if (order != 0 || !one) return order;
  }
}

}  // namespace candor
