// The limits of server/load/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kLoadBytes = 12u << 20;  // of records in one block
inline constexpr std::size_t kLoadRecords = 50'000;     // in one block
// In one of them while merges wait.
inline constexpr std::uint64_t kUnmergedLoadBytes = 32u << 20;
inline constexpr std::size_t kUnmergedLoadRecords = 200'000;
// Rows that wait for a block's end: it ends where they are so many.
inline constexpr std::size_t kMaxHeldRowBytes = 16u << 20;
// How long after the last block that was full the embedded engine merges again, …
inline constexpr std::chrono::milliseconds kMergeAfter{3'000};
// … and how many parts of a table's partition have it merge at once, until there are few.
inline constexpr std::uint64_t kMostUnmergedParts = 60;
inline constexpr std::uint64_t kFewUnmergedParts = 20;
inline constexpr std::uint64_t kLoadPieceBytes =
    1u << 20;  // of records in memory at a time, or one that is larger
inline constexpr std::size_t kFewRecords = 1'000;               // a block of less is small
inline constexpr std::size_t kRowsOfNativeBlock = 4'096;        // several are sent at once
inline constexpr std::size_t kReservedNativeBytes = 16u << 20;  // of address space, for its rows
// What a block's events add to the figures: it ends where one of these is reached.
inline constexpr std::size_t kMaxRollupRows = 50'000;
inline constexpr std::size_t kMaxRollupSources = 500'000;
inline constexpr std::size_t kMaxRollupTextBytes = 4u << 20;  // of the values
// A day's figures made anew: its events are read in pages of about so many bytes, and those that
// take the place of others are known at once up to so many.
inline constexpr std::size_t kRebuildPageBytes = 4u << 20;
inline constexpr std::size_t kRebuildMostRows = 20'000;  // of a page
inline constexpr std::size_t kRebuildLeastRows = 50;     // a page that is too large even so ends it
inline constexpr std::size_t kRebuildReplaced = 200'000;
inline constexpr std::chrono::milliseconds kLoadPoll{100};   // how soon a lone record is looked for
inline constexpr std::chrono::milliseconds kLoadPause{500};  // between blocks while they are small
inline constexpr std::chrono::milliseconds kLoadGather{
    1'000};  // and while they are not full: a block costs the store as much as a thousand rows
inline constexpr std::chrono::milliseconds kLoadRetry{250};  // after the engine failed
inline constexpr int kQuietFailures = 20;  // before the log says so: an engine may just be starting
inline constexpr std::size_t kMaxBlockSamples = 150'000;  // a block ends behind them
inline constexpr std::size_t kMaxNamedSeries =
    500'000;  // of which is known that the store has their labels today
inline constexpr std::size_t kEraseBatch = 1'000;            // deletions in one statement
inline constexpr std::chrono::milliseconds kErasePoll{250};  // until the store has deleted
inline constexpr std::size_t kMaxCrashesOfReport = 1'000;    // of each list of crashes in it
inline constexpr std::size_t kMaxFramesSigned = 4'096;       // of a crash whose client signed none
inline constexpr std::size_t kMaxFramesShown = 64;           // of a crash in the store's groups
inline constexpr std::size_t kMaxFrameBytes = 512;           // of one of them
inline constexpr int kQuarantineDays = 7;  // values out of bounds are kept so long

}  // namespace candor
