// The limits of server/admit/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxDocumentDepth = 64;  // 400
inline constexpr std::size_t kSharedParserBytes =
    256 * 1024;  // of a document; a larger one has a parser of its own
inline constexpr std::size_t kSpareParserBytes =
    1u << 20;  // of a document; of larger ones nothing is kept for the next
inline constexpr std::size_t kMaxDropRows =
    200;  // distinct (path, type, reason) rows of one record; the rest is summed in one
inline constexpr std::size_t kMaxQuarantineRows =
    1'000;  // values of one record; the rest is dropped and counted
inline constexpr std::size_t kMaxQuarantineValueBytes = 1'024;
inline constexpr std::size_t kMaxPathBytes = 256;    // of a path in a drop or quarantine row
inline constexpr std::size_t kMaxSourceBytes = 256;  // of an event's source; a longer one is hashed
inline constexpr std::size_t kMaxAdmittedBytes =
    32u << 20;  // kept of the events of one request; those beyond are refused
inline constexpr std::size_t kMaxPlaceBytes = 512;  // of the place of a value in quarantine

// Of samples of metrics.
inline constexpr std::size_t kMaxSamples = 50'000;  // of one request; the rest is refused
inline constexpr std::size_t kMaxLabels = 128;      // of one series, as it was sent; refused
inline constexpr std::size_t kMaxLabelsBytes =
    16 * 1024;  // of one series, names and values as they were sent; refused
inline constexpr std::size_t kMaxKeptLabelsBytes =
    32u << 20;  // of all series of one request; further series are refused
inline constexpr std::size_t kMaxKnownSeriesBytes =
    32u << 20;  // of series that came before; those not asked for are admitted anew
inline constexpr std::size_t kMaxKnownRows = 10'000;  // of drops that they share

// A report's own time must lie in [receipt - 35 d, receipt + 1 h]; otherwise it is refused.
inline constexpr std::chrono::days kOldestReport{35};
inline constexpr std::chrono::hours kNewestReport{1};

}  // namespace candor
