// Position: the name of one record of the journal.
#pragma once

#include <compare>
#include <cstdint>

namespace candor {

// Increasing in the order of commits, stable over restarts, never given to two records, not even
// after damage. Not consecutive. The default, 0, is before every record; values stay below 2^53
// for the next two hundred years, so they survive a JSON number.
struct Position {
  std::uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
};

}  // namespace candor
