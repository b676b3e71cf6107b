// What the agent left for programs about plugins they may run (docs/formats/library.md).
#pragma once

#include <string>
#include <string_view>

#include "candor/candor.h"
#include "library/advice.h"

namespace candor::sdk {

// Looks into the file of that folder now, and keeps nothing of it. `out` is set only when there is
// advice. Reads at most a dozen lines of a file on this machine's disk.
bool look_for_advice(const std::string& library_folder, std::string_view product,
                     const library::PluginName& plugin, candor_advice& out);

}  // namespace candor::sdk
