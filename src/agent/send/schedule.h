// When the agent makes its next report. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace candor {

// Each installation has its own moment within the interval, computed from its identity, so that a
// million of them do not come at midnight. The first report is due at once; the next ones at that
// moment of each interval, at least half an interval after the last.
Instant next_due(std::optional<Instant> last, std::chrono::hours interval,
                 std::string_view installation, Instant now);

}  // namespace candor
