// What is wrong with the store, in a sentence that says what to do.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// What was seen of it.
struct StoreSigns {
  bool cannot_open = false;   // the engine ended because it could not open its storage
  std::string takes_nothing;  // why the loader has failed for kStoreTroubleTime; empty: it has not
  std::map<std::string, std::uint64_t> broken_parts;  // by table: set aside at the start
  std::uint64_t damaged_reads = 0;                    // since the engine's start
};

// Empty when there is nothing to say. Pure.
std::string store_trouble(const StoreSigns& signs);

// Asks the engine of our own for the last two of them; one of somebody else's has errors of others.
Status look_for_damage(EngineClient& engine, StoreSigns& signs);

}  // namespace candor
