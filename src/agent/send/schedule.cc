#include "agent/send/schedule.h"

#include "base/digest.h"

namespace candor {
namespace {

Millis offset_of(std::string_view installation, Millis interval) {
  const auto digest = sha256(installation);
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | digest[static_cast<std::size_t>(i)];
  return Millis(static_cast<std::int64_t>(number % static_cast<std::uint64_t>(interval.count())));
}

}  // namespace

Instant next_due(std::optional<Instant> last, std::chrono::hours interval,
                 std::string_view installation, Instant now) {
  // A last report in the future is one from before the clock was set back.
  if (!last || *last > now) return now;
  const Millis length = interval;
  const auto offset = offset_of(installation, length);
  const auto earliest = (*last + length / 2).time_since_epoch();
  auto slot = (earliest - offset) / length;
  while (slot * length + offset < earliest) ++slot;
  return Instant(slot * length + offset);
}

}  // namespace candor
