// What was taken from programs by now: library/counts.json in the state folder
// (docs/formats/state.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/programs/totals.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"

namespace candor {

inline constexpr std::string_view kProgramBooksFile = "counts.json";

struct ProgramBooks {
  // What began before stays home: when telemetry was switched on, or off.
  std::optional<Instant> since;
  // Of programs that have ended; their rings, some of which may still be there: they count no more.
  CountedTotals ended;
  std::set<std::string> rings;
  // What reports told, of all programs.
  CountedTotals told;
  // A report that is about to be pending tells up to there. Whether it became so, the outbox knows.
  struct Telling {
    std::string report;
    CountedTotals told;
  };
  std::optional<Telling> telling;

  // Since then, for people.
  std::uint64_t events = 0;                     // that became files
  std::map<std::string, std::uint64_t> stayed;  // home, by reason
  std::uint64_t dropped = 0;                    // in programs that have ended, as there was no room
  std::uint64_t damaged = 0;                    // rings of which a part could not be read
};

// Empty ones where there are none; kBadData when they are damaged.
Result<ProgramBooks> read_program_books(const StateFolder& programs);
Status write_program_books(const StateFolder& programs, const ProgramBooks& books);

}  // namespace candor
