// How Prometheus and Alertmanager are started.
#pragma once

#include <string>

#include "base/supervisor.h"
#include "config/ops_config.h"
#include "server/ops/ops_folder.h"

namespace candor {

// The URL of one that is somebody else's, or of the one that is started at `listen`, whose port is
// chosen here when it is 0.
struct ProgramAddress {
  std::string url;     // without a slash at the end
  std::string listen;  // "127.0.0.1:9090"; empty: it is somebody else's
};
Result<ProgramAddress> address_of(const std::string& program, const std::string& listen);

SupervisedProgram prometheus_program(const OpsConfig& ops, const OpsFolder& folder,
                                     const ProgramAddress& address);
SupervisedProgram alertmanager_program(const OpsConfig& ops, const OpsFolder& folder,
                                       const ProgramAddress& address);

}  // namespace candor
