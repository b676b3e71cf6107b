// The journal's limits. What happens when one is reached: docs/formats/journal.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// Body of one record: the largest request the collector takes (64 MiB) and room for what it adds.
inline constexpr std::uint64_t kMaxRecordBytes = 65u << 20;

// Size a segment is preallocated to, unless one record needs more.
inline constexpr std::uint64_t kDefaultSegmentBytes = 64u << 20;
inline constexpr std::uint64_t kMinSegmentBytes = 4096;
// A header that claims more than this is damaged.
inline constexpr std::uint64_t kMaxSegmentBytes = 1u << 30;

// All segments together, unless configured: a day of an engine that is down.
inline constexpr std::uint64_t kDefaultJournalBytes = 8ull << 30;

// Appends accepted into memory and not yet written.
inline constexpr std::uint64_t kDefaultQueuedBytes = 64u << 20;

// How long a commit waits for those that the one before served: about as long as it then takes.
inline constexpr std::chrono::microseconds kGatherTime{1'000};

// Records are gathered up to this size before one write call; larger ones are written by
// themselves.
inline constexpr std::size_t kWriteBufferBytes = 256u << 10;

// What is read from a segment at once; more only for a record that is larger.
inline constexpr std::size_t kReadWindowBytes = 256u << 10;
// After a failed read the window is read again in pieces of this size, to lose no more than those.
inline constexpr std::size_t kReadRetryBytes = 4096;

// Damaged stretches named one by one in a RecoveryReport; all are counted.
inline constexpr std::size_t kMaxReportedStretches = 100;

// After a segment could not be made (disk full), how long appends are refused without trying again.
inline constexpr std::chrono::milliseconds kSegmentRetryDelay{250};

}  // namespace candor
