#include "simulate/life.h"

#include <algorithm>
#include <array>

namespace candor {
namespace {

// Days from one installation's start to the next one's. One in twenty is gone within weeks:
// somebody tried it.
constexpr std::array<Quantile, 5> kPeriods = {
    {{0, 8}, {50'000, 40}, {100'000, 250}, {400'000, 900}, {1'000'000, 3000}}};
constexpr std::int64_t kMaxQuietDays = 20;
constexpr unsigned kMissedPerMille = 20;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kJitterSeconds = 600;
constexpr std::uint64_t kAspectPeriod = 4;

}  // namespace

Dice Life::dice(const FleetKey& fleet, std::uint64_t aspect) const {
  return Dice({fleet.seed, fleet.product, place, number, aspect});
}

Dice Life::dice(const FleetKey& fleet, std::uint64_t aspect, std::int64_t day) const {
  return Dice({fleet.seed, fleet.product, place, number, aspect, static_cast<std::uint64_t>(day)});
}

std::optional<Life> life_at(const FleetKey& fleet, std::uint32_t place, std::int64_t day) {
  Dice dice({fleet.seed, fleet.product, place, kAspectPeriod});
  const auto period = dice.pick(kPeriods);
  const auto phase = dice.between(0, period - 1);
  const auto quiet = dice.between(1, std::min(kMaxQuietDays, period / 4));
  const auto number = (day + phase) / period;
  const auto first = number * period - phase;
  const Life life{place, static_cast<std::uint64_t>(number), first, first + period - quiet - 1};
  if (day > life.last_day) return std::nullopt;
  return life;
}

std::optional<Instant> report_time(const FleetKey& fleet, const Life& life, std::int64_t day) {
  auto hour = life.dice(fleet, kAspectHour);
  auto today = life.dice(fleet, kAspectDay, day);
  const auto own_second = hour.between(kJitterSeconds, kDaySeconds - kJitterSeconds - 1);
  const auto second = own_second + today.between(-kJitterSeconds, kJitterSeconds);
  const auto millis = today.between(0, 999);
  if (today.chance(kMissedPerMille)) return std::nullopt;
  return from_unix_millis((day * kDaySeconds + second) * 1000 + millis);
}

}  // namespace candor
