#include "agent/send/device_schedule.h"

#include <cmath>

#include "agent/send/limits.h"

namespace candor {
namespace {

Millis part_of(std::chrono::hours interval, double random) {
  return Millis(std::llround(static_cast<double>(Millis(interval).count()) * random));
}

}  // namespace

DeviceMoment device_moment(std::optional<Instant> kept, std::optional<Instant> last_report,
                           std::chrono::hours interval, Instant now, double random) {
  const auto again = device_moment_again(now, interval, random);
  if (!kept || *kept > now + 2 * Millis(interval)) return {again, true, false};
  if (*kept > now) return {*kept, false, false};
  const bool missed = now - *kept > kDeviceLate;
  const bool beside = last_report && *last_report <= now && now - *last_report < kDeviceApart;
  if (missed || beside) return {again, true, false};
  return {*kept, false, true};
}

Instant device_moment_after(Instant now, std::chrono::hours interval, double random) {
  return now + Millis(interval) / 2 + part_of(interval, random);
}

Instant device_moment_again(Instant now, std::chrono::hours interval, double random) {
  return now + kDeviceApart + part_of(interval, random);
}

}  // namespace candor
