// Which versions of plugins ran on this installation: library/seen.json in the state folder
// (docs/formats/library.md). It never leaves.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"

namespace candor {

struct SeenPlugin {
  std::string event;  // as the contract names what happens when the plugin runs
  std::string name;
  std::string version;
  Instant last{};            // when it was last heard of
  std::uint64_t runs = 0;    // that ended or were lost
  std::uint64_t failed = 0;  // of them, those that failed or were lost
};

// One event of a plugin. `state` is one of kRunStates; of an event that is no run, empty, which
// counts as a run that completed.
struct Sighting {
  std::string event;
  std::string name;
  std::string version;
  Instant at{};
  std::string state{};
};

// Pure: newest first, at most kMaxSeenPlugins. What has no name, or names that are too long, is
// passed over.
std::vector<SeenPlugin> merge_seen(std::vector<SeenPlugin> seen, std::span<const Sighting> now);

// Newest first; none where there is no file, or none that can be read.
std::vector<SeenPlugin> read_seen(const StateFolder& state);
// Adds to what is there. Whoever calls looks first whether telemetry is on, and holds the
// state folder's lock since.
Status add_seen(const StateFolder& state, std::span<const Sighting> now);
// Removes it. Requires the same lock.
Status remove_seen(const StateFolder& state);

}  // namespace candor
