// When the simulated installations are there.
//
// A fleet has a fixed number of places. In each, one installation follows another: it appears,
// reports for days to years, goes, and after some days of quiet another one, with an identity of
// its own, takes the place. So the fleet has the same liveliness on every day of the calendar. All
// days are days since 1970-01-01, UTC. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "simulate/random.h"

namespace candor {

// What everything about a fleet follows from.
struct FleetKey {
  std::uint64_t seed = 0;
  std::uint64_t product = 0;  // key_of its name
};

// One installation of the fleet.
struct Life {
  std::uint32_t place = 0;
  std::uint64_t number = 0;    // of the installation in its place
  std::int64_t first_day = 0;  // on which it may report
  std::int64_t last_day = 0;

  // Chance for one aspect of this installation, the same on all its days.
  Dice dice(const FleetKey& fleet, std::uint64_t aspect) const;
  // The same for one day.
  Dice dice(const FleetKey& fleet, std::uint64_t aspect, std::int64_t day) const;
};

// The aspects used here; models have their own from 100.
inline constexpr std::uint64_t kAspectIdentity = 1;
inline constexpr std::uint64_t kAspectHour = 2;
inline constexpr std::uint64_t kAspectDay = 3;

// Who is in that place on that day; nothing in the quiet between two installations.
std::optional<Life> life_at(const FleetKey& fleet, std::uint32_t place, std::int64_t day);

// When the installation reports on that day: at its own hour, some minutes early or late. Nothing
// on the few days that it misses.
std::optional<Instant> report_time(const FleetKey& fleet, const Life& life, std::int64_t day);

}  // namespace candor
