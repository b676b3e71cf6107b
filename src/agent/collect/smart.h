// The machine's drives, by candor-smart (docs/formats/device.md).
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/process.h"
#include "base/result.h"
#include "config/settings.h"

namespace candor {

// The helper: `configured` (collect.smart.command) if it is not empty, else the one installed with
// `executable`, else the one built beside it, else the one in PATH.
std::string smart_helper(const std::string& configured, const Path& executable);

// smartctl's document of each drive, raw. kNothing when the machine has no drive that smartctl
// knows; kUnavailable, naming package and key, when smartctl or the helper is missing or not
// allowed; kBadData when what the helper printed is none of its documents. Takes up to two minutes.
Result<std::vector<Json>> collect_smart(const Settings& settings, const ProcessRunner& run);

// This machine's names, as the kernel knows them.
std::vector<std::string> host_names();

}  // namespace candor
