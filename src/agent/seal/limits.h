// The limits of agent/seal, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kMaxStateFileBytes = 16u << 20;
inline constexpr std::size_t kMaxReportBytes = 8u << 20;  // sealing a larger one is an error
// Between a notice and the first report of a product with consent = "opt-out".
inline constexpr std::chrono::hours kGrace{24};
inline constexpr std::size_t kMaxLeftOut = 1'000;  // left-out values that are listed one by one

inline constexpr std::size_t kMaxPushedSamples = 20'000;  // of one file of metrics
// What becomes of them on the wire, unpacked: a collector takes 8 MiB.
inline constexpr std::size_t kMaxPushedBytes = 6u << 20;

}  // namespace candor
