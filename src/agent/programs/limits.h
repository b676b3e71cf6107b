// The limits of agent/programs, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

// While programs record: how often their rings are looked at, and after how long they are emptied
// though there is room. Before that when one is half full, or its program ended.
inline constexpr std::chrono::milliseconds kLookAtRings{5'000};
inline constexpr std::chrono::milliseconds kEmptyRingsAfter{60'000};
// Of one file of events; whichever comes first closes it.
inline constexpr std::size_t kMaxProgramEventsInFile = 1'000;
inline constexpr std::size_t kMaxProgramEventFileBytes = 1u << 20;
// A ring that was begun, and of which no more came, is a dead program's.
inline constexpr std::chrono::milliseconds kUnfinishedRingAge{60'000};

// After a sending that another process, or this machine, was in the way of.
inline constexpr std::chrono::milliseconds kSendAgainAfterTrouble{10'000};
// What is remembered of plugins (agent/programs/seen.h).
inline constexpr std::size_t kMaxSeenPlugins = 1'000;
inline constexpr std::size_t kMaxSeenNameBytes = 256;

}  // namespace candor
