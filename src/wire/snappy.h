// Snappy's block format, which Prometheus sends: a length, then one block of compressed bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

// kBadData when it is no whole block, or says that it holds more than `max_bytes`: that is asked
// before anything is allocated.
Result<std::string> unsnappy(std::string_view block, std::uint64_t max_bytes);
std::string snappy_block(std::string_view bytes);

}  // namespace candor
