// Asks every drive of this machine through smartctl (docs/formats/device.md).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/process.h"

namespace candor {

struct FoundDrive {
  std::string name;  // "/dev/sda"
  std::string type;  // "sat"
};

// The drives of a scan's document; names and types that are none are passed over.
std::vector<FoundDrive> found_drives(const Json& scan);

struct SmartWorld {
  ProcessRunner run = run_process;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// The document that candor-smart prints: {"format":1,"drives":[…]}, or with "problem". Takes at
// most kSmartAllTime and what one call needs.
Json ask_drives(const SmartWorld& world);

}  // namespace candor
