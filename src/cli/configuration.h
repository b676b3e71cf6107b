// Changing the agent's configuration file, for the commands that do.
#pragma once

#include <string>

#include "cli/command.h"
#include "config/settings.h"

namespace candor {

// Sets one key in the configuration file, which is made when it is not there. The file is checked
// before it is replaced. kConfiguration, kCannotCreate.
Status set_in_file(const Paths& paths, const std::string& key, const Value& value);

}  // namespace candor
