// Every subcommand, each from its own file src/cli/NAME.cc. A new one is a line here and a line in
// the table of cli/commands.cc.
#pragma once

#include "cli/command.h"

namespace candor {

// The operator's.
Command on_command();
Command off_command();
Command local_command();
Command forget_command();
Command status_command();
Command diff_command();
Command show_command();
Command preview_command();
Command show_device_command();
Command preview_device_command();
Command send_command();
Command channel_command();
Command log_command();
Command verify_command();
Command export_command();
Command receipts_command();
Command config_command();
Command agent_command();

// What usage gives back.
Command advise_command();

// Monitoring.
Command metrics_command();
Command sonar_command();
Command alert_command();

// Contracts.
Command contract_command();

// The collector's.
Command server_command();
Command engine_command();
Command tail_command();
Command quarantine_command();
Command symbols_command();
Command crashes_command();
Command user_command();
Command import_command();
Command backup_command();
Command restore_command();
Command simulate_command();

Command version_command();
Command docs_command();
Command completion_command();

}  // namespace candor
