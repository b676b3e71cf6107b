// Limits of the agent's own address (docs/limits.md).
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxWaitingRequests = 16;  // for metrics or a password; 503
inline constexpr std::chrono::seconds kEndpointStopGrace{2};

}  // namespace candor
