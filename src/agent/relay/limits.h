// The limits of agent/relay, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

// In memory, before they are sealed; further ones are dropped.
inline constexpr std::size_t kMaxWaitingEvents = 2'000;
inline constexpr std::size_t kMaxWaitingEventBytes = 1u << 20;
// Of one file; whichever comes first closes it.
inline constexpr std::size_t kMaxEventsInFile = 100;
inline constexpr std::size_t kMaxEventFileBytes = 256u << 10;
inline constexpr std::chrono::milliseconds kSealAfter{1'000};
inline constexpr std::chrono::milliseconds kSealAfterInOutage{60'000};

inline constexpr std::chrono::milliseconds kRelayStopGrace{1'000};  // for requests under way

}  // namespace candor
