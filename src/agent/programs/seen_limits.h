// The limits of what is remembered of plugins (docs/formats/library.md).
#pragma once

#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxSeenPlugins = 1'000;
inline constexpr std::size_t kMaxSeenNameBytes = 256;

}  // namespace candor
