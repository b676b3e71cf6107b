// Limits of what is read of the machine (docs/limits.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kMaxKernelFileBytes = 4u
                                                     << 20;  // /proc/stat of the largest machines
inline constexpr std::size_t kMaxMounts = 1'000;
// How long file systems are waited for before those that did not answer are passed over.
inline constexpr std::chrono::milliseconds kMountAnswerLimit{500};

}  // namespace candor
