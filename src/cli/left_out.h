// Telling what stayed home.
#pragma once

#include <vector>

#include "agent/seal/seal.h"
#include "cli/output.h"

namespace candor {

enum class Detail { kCount, kEach };

// On standard error: how many values were left out, or each path with its reason (never its value).
void tell_left_out(const std::vector<LeftOut>& left_out, Detail detail, Output& out);

}  // namespace candor
