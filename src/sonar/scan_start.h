// What a scan begins with: its variables, and whom it may tell secrets.
#pragma once

#include <string>

#include "sonar/plan.h"
#include "sonar/session.h"
#include "sonar/variables.h"

namespace candor {

struct ScanStart {
  ScanVariables variables{};
  Url target{};
};

// Makes the plan's secrets known to the session, and allows it the origins that the configuration
// names; `run` is the scan's {{runId}}. kNotFound, with the name, when an address needs a variable
// that is missing; kConfiguration when the target's is none.
Result<ScanStart> start_scan(const SonarPlan& plan, const SonarScan& scan,
                             const SonarTarget& target, const std::string& run,
                             ScanSession& session);

}  // namespace candor
