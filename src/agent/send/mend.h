// What an operator can do about an answer that is about the way to the collector, not about the
// report.
#pragma once

#include <string>

#include "agent/send/uplink.h"

namespace candor {

// For a status that next_step() says kMend to: which address gave it and what to set, as commands.
std::string how_to_mend(const UplinkOptions& options, int status);

}  // namespace candor
