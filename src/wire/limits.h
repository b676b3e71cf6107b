// The limits of wire/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstdint>

namespace candor {

inline constexpr std::uint32_t kMaxHeaderBytes = 40'960;        // request line and header; 431
inline constexpr std::uint64_t kDefaultBodyLimit = 256 * 1024;  // 413
inline constexpr std::chrono::seconds kDrainTime{
    2};  // reading on after a refusal, so that it arrives
inline constexpr std::uint64_t kMaxDrainBytes = 64u << 20;

}  // namespace candor
