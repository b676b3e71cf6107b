// Counts requests for memory of this thread: this program's malloc is its own.
#pragma once

#include <cstdint>

namespace candor::bench {

// Until now.
std::uint64_t allocations();

}  // namespace candor::bench
