// Numbers as text: strict parsing.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>

namespace candor {

// All of `text` as a decimal number, or nothing: no sign for unsigned types, no spaces, no
// overflow.
template <std::integral T>
std::optional<T> parse_integer(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// As parse_integer, of digits only: also for a signed T no '-' is taken.
template <std::integral T>
std::optional<T> parse_unsigned(std::string_view text) {
  if (!text.empty() && text.front() == '-') return std::nullopt;
  return parse_integer<T>(text);
}

// All of `text` as a finite number, or nothing.
inline std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace candor
