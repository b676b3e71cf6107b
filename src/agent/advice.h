// What of a bundle of insights concerns this installation: matched here, so that nobody learns what
// was asked. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/programs/seen.h"
#include "base/clock.h"
#include "base/json.h"
#include "contract/insights_bundle.h"
#include "library/advice.h"

namespace candor {

// Crashes of one version of a program here that have the same signature.
struct LocalCrash {
  std::string signature;
  std::string program;
  std::string version;
  std::string signal;     // of the newest
  Instant last{};         // the newest
  std::size_t times = 1;  // how many records there are
};

// A version of a plugin that ran here and does not work well for others.
struct PluginAdvice {
  PluginInsight known;
  SeenPlugin here;
};

// A crash that happened here, and that a version mends.
struct CrashAdvice {
  CrashInsight known;
  LocalCrash here;
};

struct Advice {
  std::vector<PluginAdvice> plugins;  // failing before degraded, and the newest of each first
  std::vector<CrashAdvice> crashes;   // the newest first
};

Advice match(const InsightsBundle& bundle, std::span<const SeenPlugin> seen,
             std::span<const LocalCrash> crashes);

// Whether what it says may be true no longer. Requires that `made` is a time.
bool is_old(const InsightsBundle& bundle, Instant now);

// Of crash records as they are collected ("program_crashes"); the newest first.
std::vector<LocalCrash> local_crashes(const Json& collected);

// What programs are told of plugins that they may be about to run, whether they ran here or not.
std::vector<library::AdviceLine> advice_lines(const InsightsBundle& bundle);

}  // namespace candor
