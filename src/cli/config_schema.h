// `candor config schema`: a child of the command in cli/config.cc.
#pragma once

#include "cli/command.h"

namespace candor {

Command config_schema_command();

}  // namespace candor
