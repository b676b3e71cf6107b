// Crash records of this process (docs/formats/crash.md).
#pragma once

#include "candor/candor.h"
#include "telemetry.h"

namespace candor::sdk {

// As candor_record_crashes(). Any thread; may throw std::bad_alloc.
candor_result record_crashes(const Telemetry& telemetry, const candor_crash_options& options);

}  // namespace candor::sdk
