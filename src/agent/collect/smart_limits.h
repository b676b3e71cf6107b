// The limits of asking the drives, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::chrono::milliseconds kSmartHelperTime{150'000};
inline constexpr std::size_t kMaxSmartHelperBytes = 32u << 20;

}  // namespace candor
