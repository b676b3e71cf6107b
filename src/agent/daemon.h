// The agent as a service: seals and sends every interval until it is told to stop.
#pragma once

#include "agent/agent.h"
#include "base/environment.h"
#include "base/result.h"
#include "config/paths.h"

namespace candor {

// Runs until SIGTERM or SIGINT (then ends within 5 s) and reads the configuration anew at SIGHUP
// and before each sealing and sending; one that is wrong is told about and the old one stays.
// `candor off` reaches it within a second. kConfiguration when it cannot start, kTryAgain when
// another agent runs with the same state folder. One per process: it owns the signals.
Status run_agent(const Paths& paths, const Environment& environment);

}  // namespace candor
