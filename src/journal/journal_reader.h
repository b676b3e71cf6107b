// Reading what the journal holds while it goes on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "journal/disk.h"
#include "journal/kept_segments.h"
#include "journal/position.h"
#include "journal/segment_scan.h"

namespace candor {

struct JournalRecord {
  Position position;
  Instant committed;  // whole seconds
  std::string bytes;
};

// How much one read returns: at least one record when there is one, then only while both hold.
struct ReadLimits {
  std::uint64_t bytes = 8u << 20;
  std::size_t records = 65'536;
};

// Safe from any thread; readers wait for one another. Keeps references to both arguments.
class JournalReader {
 public:
  JournalReader(Disk& disk, KeptSegments& kept) : disk_(disk), kept_(kept) {}

  // As Journal::read.
  Result<std::vector<JournalRecord>> read(Position after, ReadLimits limits);

 private:
  // Where the last read stopped: the next one most often goes on there.
  struct Cursor {
    SegmentName name;
    std::unique_ptr<DiskFile> file;
    Position after;
    std::uint64_t offset = 0;  // where to go on to read behind `after`
  };

  Status go_to(const Segment& segment, Position after) CANDOR_REQUIRES(mutex_);

  Disk& disk_;
  KeptSegments& kept_;
  Mutex mutex_;
  Cursor cursor_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace candor
