// POST /v1/metrics, /v1/logs and /v1/traces: OpenTelemetry's exporters over HTTP, unmodified
// (docs/formats/metrics.md).
#pragma once

#include <span>

#include "server/protocol/samples.h"

namespace candor {

std::span<const SampleRoute> otlp_routes();

}  // namespace candor
