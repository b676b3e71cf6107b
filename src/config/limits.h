// The limits of config/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxConfigBytes = 1u << 20;
inline constexpr std::size_t kMaxSecretBytes = 4096;  // of a *_file
inline constexpr std::size_t kMaxScrapes = 32;        // services that are scraped
inline constexpr std::size_t kMaxServiceNameBytes = 64;
inline constexpr std::int64_t kMaxRequestsPerSecond = 1'000'000;  // of a rate limit
inline constexpr std::int64_t kMaxInsightsEverySeconds = 3'600;

}  // namespace candor
