// "1 report", "2 reports": a count with its noun, for sentences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace candor {

// `many` is the plural; without one it is `one` with an s.
inline std::string counted(std::uint64_t count, std::string_view one, std::string_view many = "") {
  auto text = std::to_string(count) + " ";
  if (count == 1) return text.append(one);
  return many.empty() ? text.append(one) + "s" : text.append(many);
}

}  // namespace candor
