// When the device report is sent: at a moment that has nothing to do with the installation's
// reports (docs/formats/device.md). Pure.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace candor {

struct DeviceMoment {
  Instant at;
  bool is_new = false;  // to be kept
  bool due = false;
};

// `kept`: the moment that was drawn earlier. `last_report`: when a report of the installation was
// made or sent last. `random` is in [0, 1), drawn anew for each call. A moment that was missed,
// that lies too far ahead (the clock was set back) or that falls beside a report is drawn anew
// within an interval.
DeviceMoment device_moment(std::optional<Instant> kept, std::optional<Instant> last_report,
                           std::chrono::hours interval, Instant now, double random);

// The moment after a sending at `now`: half an interval to one and a half later.
Instant device_moment_after(Instant now, std::chrono::hours interval, double random);
// The moment after a sending that failed: within an interval. Not a short pause: a network that is
// back would be a moment that both reports share.
Instant device_moment_again(Instant now, std::chrono::hours interval, double random);

}  // namespace candor
