// The limits of wire/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint32_t kMaxHeaderBytes = 40'960;        // request line and header; 431
inline constexpr std::uint64_t kDefaultBodyLimit = 256 * 1024;  // 413
inline constexpr std::chrono::seconds kDrainTime{
    2};  // reading on after a refusal, so that it arrives
inline constexpr std::uint64_t kMaxDrainBytes = 64u << 20;
inline constexpr std::chrono::milliseconds kLastRequestTime{
    100};  // at the end, for what is on its way on idle connections

// Of the client: how often a transfer asks whether to go on, in time and in bytes sent.
inline constexpr std::chrono::milliseconds kAskInterval{100};
inline constexpr std::size_t kMaxPieceBytes = 64u << 10;
inline constexpr std::size_t kTlsPieceBytes = 16u << 10;  // read at once

}  // namespace candor
