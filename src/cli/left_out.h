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

// After a look at a report while nothing is sent: how that can be changed, if here.
void tell_next_step(const Agent& agent, const Decision& decision, Output& out);

// That the identity shown is an example, where it is one.
void tell_identity(const Agent& agent, IdentityUse use, Output& out);

}  // namespace candor
