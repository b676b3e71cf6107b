#include "cli/state.h"

#include "config/settings.h"

namespace candor {

Result<StateFolder> state_folder(const Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  const auto settings = load_settings({places.config_file, places.drop_ins}, context.environment);
  const auto configured = settings.ok() ? settings->text("state") : std::string();
  return StateFolder(configured.empty() ? places.state : Path(configured));
}

}  // namespace candor
