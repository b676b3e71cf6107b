// The state folder, for commands that look at what is kept and need no contract.
#pragma once

#include "agent/seal/state_folder.h"
#include "cli/command.h"

namespace candor {

// By environment, user and the key `state`; works with a configuration that is broken elsewhere.
Result<StateFolder> state_folder(const Context& context);

// Whether device reports go to the same collector as reports. The configuration's error when it
// does not say.
Result<bool> has_one_collector(const Context& context);

}  // namespace candor
