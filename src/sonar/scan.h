// One run of one scan for one target.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "sonar/plan.h"
#include "sonar/result.h"
#include "sonar/tokens.h"
#include "wire/probe_client.h"

namespace candor {

// The world, handed in; all of it outlives the run.
struct ScanWorld {
  ProbeClient& client;
  TokenKeeper& tokens;
  const Clock& clock;
  // False ends the run within moments; steps with `always` still have kCleanUpAtEnd.
  std::function<bool()> keep_going = [] { return true; };
  // Waits that long, or until keep_going() may have changed.
  std::function<void(Millis)> wait = [](Millis) {};
};

// `known_login` is the origin of the last login form that was taken; empty: none yet. Over by the
// plan's timeout, and kCleanUpTime where steps are to be run always.
ScanResult run_scan(const SonarPlan& plan, const SonarScan& scan, const SonarTarget& target,
                    const std::string& known_login, const ScanWorld& world);

}  // namespace candor
