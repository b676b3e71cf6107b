// The limits of server/record/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>

#include "server/admit/limits.h"

namespace candor {

// How long a document is recognised when it comes again: as long as it may come at all, and two
// days to spare.
inline constexpr std::chrono::days kSeenDays = kOldestReport + std::chrono::days(2);
// Events are recognised by their message id for 24 h: by the day, so for two.
inline constexpr std::chrono::days kSeenEventDays{1};
// Keys of so many days on which any came are kept whatever the clock shows.
inline constexpr std::size_t kSeenDaysInAnyCase = 3;
// And at most so many of each, the newest ones: two bytes of memory a key, and eight of a file.
inline constexpr std::size_t kMaxSeenEvents = 12'000'000;
inline constexpr std::size_t kMaxSeenDocuments = 48'000'000;
// The newest of these are in memory, 11 to 22 bytes each: as many as fit into 4 MiB. Twice as many
// for a moment, until the next second moves what is full into a file.
inline constexpr std::size_t kMaxSeenInMemory = 393'216;
inline constexpr std::size_t kMaxUnwrittenKeyBytes =
    4u << 20;  // of keys in memory that are in no file yet: then they are written at once
inline constexpr std::size_t kMaxRefusalReasons =
    50;  // distinct reasons counted apart; more go under "other"
inline constexpr std::chrono::seconds kCountsInterval{
    1};  // refusals and duplicates reach the journal so late at most
inline constexpr std::size_t kMaxArrivals = 2'000;  // kept in memory for `candor tail`
inline constexpr std::size_t kMaxArrivalRows =
    20;  // of dropped and of quarantined fields of one arrival

}  // namespace candor
