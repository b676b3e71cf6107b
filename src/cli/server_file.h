// The collector's configuration file, for the commands that work beside it.
#pragma once

#include "cli/command.h"
#include "config/server_config.h"

namespace candor {

// --config, else server.toml beside candor.toml.
Result<ServerConfig> load_server_file(const Context& context);

}  // namespace candor
