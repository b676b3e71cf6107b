// What to say where telemetry is not on and somebody wants it to be.
#pragma once

#include <string>

#include "agent/seal/off_switch.h"
#include "agent/seal/state_folder.h"

namespace candor {

// A sentence with the command that begins, or that must come before it; empty where none would
// help, or where the decision's own reason names it.
std::string how_to_begin(const StateFolder& state, const Decision& decision);

// "telemetry is off. …": the mode, its reason, and how to begin.
std::string why_not_on(const StateFolder& state, const Decision& decision);

}  // namespace candor
