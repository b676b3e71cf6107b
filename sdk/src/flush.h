// What was recorded is sent where no agent runs. Any thread.
#pragma once

#include "candor/flush.h"
#include "telemetry.h"

namespace candor::sdk {

// As candor_flush(). May throw std::bad_alloc.
candor_result flush(const Telemetry& product, const candor_flush_options& options);

}  // namespace candor::sdk
