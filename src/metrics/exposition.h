// Families as a monitoring system reads them over HTTP: Prometheus's text format 0.0.4, and
// OpenMetrics 1.0.0 for those that ask for it. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "metrics/family.h"

namespace candor {

enum class Exposition { kText, kOpenMetrics };

// What a client reads best that sent this Accept header: OpenMetrics when it says so and prefers
// nothing else, else the text that everything reads.
Exposition exposition_for(std::string_view accept);

std::string_view content_type_of(Exposition format);

// Each family once, in this order. What a text of these formats cannot hold is escaped.
std::string expose(std::span<const MetricFamily> families, Exposition format);

}  // namespace candor
