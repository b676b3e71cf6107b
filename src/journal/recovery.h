// Recovery: what a journal's folder holds, read once at the start.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "journal/disk.h"
#include "journal/position.h"
#include "journal/record.h"

namespace candor {

// Bytes that hold no whole record.
struct DamagedStretch {
  Path file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;  // lost in it; at least so many when it is at the end of a file
};

struct RecoveryReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;  // whole ones
  Position first;             // 0 when there is none
  Position last{};

  // Damage: these bytes stay where they are until their segment is released.
  std::uint64_t corrupt_records = 0;  // lost, at least
  std::uint64_t corrupt_bytes = 0;
  std::vector<DamagedStretch> stretches;  // the first kMaxReportedStretches
  std::uint64_t damaged_headers = 0;      // of segments; these cost no record

  // The unfinished write behind the newest record, never acknowledged; it was cut off.
  std::uint64_t torn_tail_bytes = 0;

  // One or two sentences for the log; empty when nothing was dropped.
  std::string summary() const;
};

// A segment that is no longer written.
struct Segment {
  SegmentName name;
  Path path;
  std::uint64_t end = 0;  // offset behind its last durable record
  Position first{};       // its first and last record; 0 when it has none
  Position last{};
  Position
      bound{};  // no record lies behind it; more than `last` when damage at the end may hide some
  std::optional<Instant> first_time{};  // when the first record was committed
};

struct Recovered {
  std::vector<Segment> segments;  // by base
  std::uint64_t next_base = 0;    // behind every position that may have been given out
  Position previous_end;          // for the next segment's header
  std::vector<Position> damage;   // where each damaged stretch starts
  RecoveryReport report;
};

// Reads all segments of the folder, cuts the torn tail, removes what is empty or unfinished.
// Refuses with kBadData, before changing anything, a journal of a newer format and one whose files
// were mixed up; with the disk's error when a segment cannot be opened. Requires that the caller
// holds the folder's lock.
// `found` is called with each whole record, in order; its error ends the reading.
using FoundRecord = std::function<Status(Position position, std::string_view body)>;
Result<Recovered> recover_journal(Disk& disk, const Path& folder, const FoundRecord& found = {});

}  // namespace candor
