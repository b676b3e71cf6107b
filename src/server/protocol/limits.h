// The limits of server/protocol/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kMaxNativeReportBytes =
    8u << 20;  // unpacked or not; 413, 400 when packed
inline constexpr std::uint64_t kMaxCephReportBytes = 16u
                                                     << 20;  // the reference server takes 100 MB
inline constexpr std::uint64_t kMaxPackedCephReportBytes =
    8u << 20;  // unpacked; the module packs nothing, and some bytes would cost much

// Segment's own limits (docs/formats/segment.md); 400, as it answers itself.
inline constexpr std::uint64_t kMaxSegmentBatchBytes = 500 * 1024;
inline constexpr std::uint64_t kMaxSegmentMessageBytes = 32 * 1024;
inline constexpr std::size_t kMaxSegmentMessages = 2'500;  // of a batch; the rest is refused
// OTLP and remote write: on the wire (413) and unpacked (400).
inline constexpr std::uint64_t kMaxSamplesBodyBytes = 8u << 20;
inline constexpr std::size_t kMaxSymbols = 200'000;  // texts of one request of version 2; 400
inline constexpr std::size_t kMaxBuckets = 500;      // of one histogram's data point; rejected
inline constexpr std::uint64_t kMaxEventBodyBytes = 2u << 20;  // of any client's request; 413

inline constexpr std::size_t kMaxNativeEvents = 10'000;    // of one file; the rest is refused
inline constexpr std::size_t kMaxNativeEventIdBytes = 64;  // the event is refused

inline constexpr std::size_t kMaxEventDocumentsBytes =
    8u << 20;  // of one request's events, which may share what is sent once; the rest is refused

// As Snowplow's own collector has it (docs/formats/snowplow.md); 200, as trackers would send a
// refused request again for ever.
inline constexpr std::uint64_t kMaxSnowplowBodyBytes = 1u << 20;
inline constexpr std::size_t kMaxSnowplowEvents = 10'000;  // of a body; the rest is refused
inline constexpr std::size_t kMaxSnowplowFields = 200;     // of a query; the rest is left out
inline constexpr std::size_t kMaxSnowplowContexts =
    200;  // schemas of an event's contexts; the rest is unreadable
inline constexpr std::size_t kMaxSchemaBytes = 512;  // of the name of a schema
inline constexpr std::int64_t kMaxClientMillis =
    8'640'000'000'000'000;  // since 1970: the last moment that JavaScript knows

}  // namespace candor
