#include "cli/commands.h"

namespace candor {

const std::vector<CommandGroup>& command_groups() {
  static const std::vector<CommandGroup> kGroups = {
      {"What leaves this installation",
       {on_command(), off_command(), local_command(), status_command(), diff_command(),
        show_command(), preview_command(), show_device_command(), preview_device_command(),
        send_command(), log_command(), verify_command(), export_command(), receipts_command(),
        forget_command(), channel_command(), config_command(), agent_command()}},
      {"What usage gives back", {advise_command()}},
      {"Monitoring", {metrics_command(), sonar_command()}},
      {"Contracts", {contract_command()}},
      {"The collector",
       {server_command(), tail_command(), quarantine_command(), symbols_command(),
        crashes_command(), alert_command(), user_command(), import_command(), backup_command(),
        restore_command(), simulate_command(), engine_command()}},
      {"The program", {version_command(), docs_command(), completion_command()}},
  };
  return kGroups;
}  // namespace candor

}  // namespace candor
