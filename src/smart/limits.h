// The limits of smart, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::chrono::milliseconds kSmartScanTime{10'000};
inline constexpr std::chrono::milliseconds kSmartDriveTime{20'000};
inline constexpr std::chrono::milliseconds kSmartAllTime{60'000};
inline constexpr std::size_t kMaxSmartDriveBytes = 1u << 20;
inline constexpr std::size_t kMaxSmartDrives = 128;

}  // namespace candor
