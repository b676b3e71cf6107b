// What a fuzz target demands.
#pragma once

#include <cstdlib>

namespace candor {

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace candor
