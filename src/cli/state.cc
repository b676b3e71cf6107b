#include "cli/state.h"

#include "config/settings.h"

namespace candor {

Result<StateFolder> state_folder(const Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  const auto settings = load_settings({places.config_file, places.drop_ins}, context.environment);
  const auto configured = settings.ok() ? settings->text("state") : std::string();
  return StateFolder(configured.empty() ? places.state : Path(configured));
}

Result<bool> has_one_collector(const Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent(Context::About::kDeciding));
  CANDOR_ASSIGN(devices, device_uplink_options(agent.settings(), agent.contract()));
  return is_one_collector(agent.settings(), agent.contract(), devices);
}

}  // namespace candor
