// The request of a step, with the values of variables in it.
#pragma once

#include "config/sonar_config.h"
#include "sonar/session.h"
#include "sonar/variables.h"

namespace candor {

// Its bearer is among `secrets` from then on. kNotFound, with the name, when a variable is missing;
// kConfiguration when the address is none.
Result<ScanRequest> request_of(const SonarStep& step, const ScanVariables& variables,
                               Redactor& secrets);

}  // namespace candor
