// How well plugins, commands and whatever else events tell the health of do, by version: the
// figures of one product. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/insight/verdict.h"

namespace candor {

// Runs and their installations on one day, by when they began; without automation.
struct HealthDay {
  std::int64_t day = 0;
  std::uint64_t runs = 0;  // that ended
  std::uint64_t completed = 0;
  std::uint64_t installations = 0;
};

// Of runs outside, or inside of continuous integration.
struct HealthFigures {
  std::uint64_t installations = 0;
  std::uint64_t engaged = 0;  // of those, seen on two days at least a day apart
  RunCounts runs{};
  std::optional<std::uint64_t> median_ms{};
  std::optional<std::uint64_t> p95_ms{};
};

struct HealthOfVersion {
  std::string version;  // empty: the event tells none
  HealthFigures figures{};
  HealthFigures automation{};
  std::uint64_t judged = 0;   // installations of which a run ended
  std::uint64_t failing = 0;  // of those, with more failed and lost runs than completed ones
  std::optional<std::int64_t> since{};  // the first day of the window on which it ran
  std::vector<HealthDay> days{};        // those on which it ran, oldest first
  Judgement judgement{};
};

// One plugin, or one command.
struct HealthOfOne {
  std::string event;
  std::string name;
  HealthFigures figures{};  // of all versions together
  HealthFigures automation{};
  std::vector<HealthOfVersion> versions;  // oldest first
  std::optional<std::size_t> judged;      // the newest version that has a verdict
  std::string better;                     // the newest one that is healthy; empty: none
};

struct PluginHealth {
  Instant made{};
  // Of all that events tell the health of. What ran in continuous integration adds to neither of
  // the first two; an installation in which both ran is in all.
  std::uint64_t installations = 0;
  std::uint64_t engaged = 0;
  std::uint64_t automation = 0;
  std::vector<HealthOfOne> all{};  // by name, then event
};

}  // namespace candor
