// A program of the product's own as a collector.
#pragma once

#include "base/json.h"
#include "base/process.h"
#include "base/result.h"
#include "contract/contract.h"

namespace candor {

// Runs the program, without a shell, without input and with a minimal environment, bounded in time
// and output, and puts the JSON object that it prints under the collector's member. Requires a
// collector of kind kExec. kUnavailable when it cannot be started or fails, kTryAgain when it takes
// too long, kBadData when it prints too much, or no JSON object.
Result<Json> collect_exec(const DeclaredCollector& collector, const ProcessRunner& run);

}  // namespace candor
