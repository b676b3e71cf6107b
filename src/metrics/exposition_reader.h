// What other programs expose, read back: Prometheus's text format 0.0.4 and OpenMetrics 1.0.0, as
// metrics/exposition.h writes them. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/exposition.h"
#include "metrics/family.h"

namespace candor {

// By the Content-Type of the answer; what is neither is read as text.
Exposition exposition_of(std::string_view content_type);

// All families, in the order in which they begin. A counter has the name that its samples have.
// kBadData, naming the line and repeating none of its text, where it is not of that format, holds
// the same sample twice, or is more than metrics/limits.h allows: half an answer would look like a
// machine that has stopped.
Result<std::vector<MetricFamily>> read_exposition(std::string_view text, Exposition format);

}  // namespace candor
