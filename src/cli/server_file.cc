#include "cli/server_file.h"

namespace candor {

Result<ServerConfig> load_server_file(const Context& context) {
  if (!context.globals.config.empty()) return load_server_config(context.globals.config);
  CANDOR_ASSIGN(paths, context.paths());
  return load_server_config(paths.config_file.parent_path() / "server.toml");
}

}  // namespace candor
