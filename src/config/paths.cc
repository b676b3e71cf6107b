#include "config/paths.h"

namespace candor {
namespace {

// XDG's rule: a path that is not absolute counts as unset.
Path absolute_or_empty(const std::string& text) {
  return !text.empty() && text.front() == '/' ? Path(text) : Path();
}

Paths below(const Path& config, const Path& state, const Path& run) {
  return Paths{config / "candor.toml", config / "candor.d", state, run};
}

}  // namespace

Result<Paths> find_paths(const Environment& environment, RunsAs who, const Path& config_option) {
  Paths paths;
  const auto own = environment.get("CANDOR_DIR");
  if (!own.empty()) {
    std::error_code ignored;
    auto folder = std::filesystem::absolute(own, ignored).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    paths = below(folder, folder / "state", folder / "run");
  } else if (const auto given = absolute_or_empty(environment.get("STATE_DIRECTORY"));
             !given.empty()) {
    const auto run = absolute_or_empty(environment.get("RUNTIME_DIRECTORY"));
    paths = below("/etc/candor", given, run.empty() ? Path("/run/candor") : run);
  } else if (who == RunsAs::kRoot) {
    paths = below("/etc/candor", "/var/lib/candor", "/run/candor");
  } else {
    const auto home = absolute_or_empty(environment.get("HOME"));
    auto config = absolute_or_empty(environment.get("XDG_CONFIG_HOME"));
    auto state = absolute_or_empty(environment.get("XDG_STATE_HOME"));
    auto run = absolute_or_empty(environment.get("XDG_RUNTIME_DIR"));
    if (home.empty() && (config.empty() || state.empty())) {
      return Error{ErrorKind::kConfiguration,
                   "There is no place for configuration and state: HOME is not set. Set HOME, or "
                   "CANDOR_DIR to a folder for both."};
    }
    if (config.empty()) config = home / ".config";
    if (state.empty()) state = home / ".local/state";
    if (run.empty()) run = state;
    paths = below(config / "candor", state / "candor", run / "candor");
  }
  if (!config_option.empty()) {
    std::error_code ignored;
    paths.config_file = std::filesystem::absolute(config_option, ignored).lexically_normal();
    paths.drop_ins = paths.config_file.parent_path() / (paths.config_file.stem().string() + ".d");
  }
  return paths;
}

}  // namespace candor
