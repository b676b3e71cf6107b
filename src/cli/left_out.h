// Telling what is not in a report.
#pragma once

#include <vector>

#include "agent/agent.h"
#include "agent/seal/seal.h"
#include "cli/output.h"

namespace candor {

enum class Detail { kCount, kEach };

// On standard error: how many values were left out, or each path with its reason (never its value).
void tell_left_out(const std::vector<LeftOut>& left_out, Detail detail, Output& out);

// On standard error: that devices are reported apart, when their channel is on.
void tell_of_devices(const Agent& agent, Output& out);

}  // namespace candor
