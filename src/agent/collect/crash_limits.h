// The limits of crash records that are read (docs/formats/crash.md).
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::chrono::hours kMaxCrashRecordAge{720};
inline constexpr std::size_t kMaxCrashRecords = 50;
inline constexpr std::size_t kMaxCrashFileBytes = 64u << 10;

}  // namespace candor
