// The limits of server/present/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxBadgeCharacters = 60;  // of a badge's name and version

}  // namespace candor
