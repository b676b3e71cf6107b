// Every subcommand, each from its own file src/cli/NAME.cc. A new one is a line here and a line in
// the table of cli/commands.cc.
#pragma once

#include "cli/command.h"

// Beside one another in the program: all of them are called at every start, and each one in its own
// file's place would bring 64 KiB around it into memory for as long as an agent runs.
#define CANDOR_AT_START [[gnu::section(".text.startup.commands")]]

namespace candor {

// The operator's.
CANDOR_AT_START Command on_command();
CANDOR_AT_START Command off_command();
CANDOR_AT_START Command local_command();
CANDOR_AT_START Command forget_command();
CANDOR_AT_START Command status_command();
CANDOR_AT_START Command diff_command();
CANDOR_AT_START Command show_command();
CANDOR_AT_START Command preview_command();
CANDOR_AT_START Command show_device_command();
CANDOR_AT_START Command preview_device_command();
CANDOR_AT_START Command send_command();
CANDOR_AT_START Command channel_command();
CANDOR_AT_START Command log_command();
CANDOR_AT_START Command verify_command();
CANDOR_AT_START Command export_command();
CANDOR_AT_START Command receipts_command();
CANDOR_AT_START Command config_command();
CANDOR_AT_START Command agent_command();

// What usage gives back.
CANDOR_AT_START Command advise_command();

// Monitoring.
CANDOR_AT_START Command metrics_command();
CANDOR_AT_START Command sonar_command();
CANDOR_AT_START Command alert_command();

// Contracts.
CANDOR_AT_START Command contract_command();

// The collector's.
CANDOR_AT_START Command server_command();
CANDOR_AT_START Command engine_command();
CANDOR_AT_START Command tail_command();
CANDOR_AT_START Command quarantine_command();
CANDOR_AT_START Command symbols_command();
CANDOR_AT_START Command crashes_command();
CANDOR_AT_START Command user_command();
CANDOR_AT_START Command import_command();
CANDOR_AT_START Command backup_command();
CANDOR_AT_START Command restore_command();
CANDOR_AT_START Command simulate_command();

CANDOR_AT_START Command version_command();
CANDOR_AT_START Command docs_command();
CANDOR_AT_START Command completion_command();

}  // namespace candor
