// A sealed file of metrics (docs/formats/push.md) as the body of the request in which it leaves.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

// One block of snappy with a message of remote write; the same file makes the same bytes. kBadData
// when it is no file of metrics.
Result<std::string> push_message(std::string_view file);

}  // namespace candor
