// The command that agrees to what a contract asks for.
#pragma once

#include <string>

#include "agent/agent.h"

namespace candor {

// `candor on` with the licence and the confirmation that the contract wants:
// "candor on --license sharing-1-0 --confirmed-by WHO".
std::string agreeing(const Agent& agent);

}  // namespace candor
