// The segments a journal keeps, and how far each is durable: what its threads share.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "journal/disk.h"
#include "journal/position.h"
#include "journal/recovery.h"

namespace candor {

// Safe from any thread. Keeps a reference to the disk.
class KeptSegments {
 public:
  KeptSegments(Disk& disk, std::vector<Segment> segments, const std::vector<Position>& damage,
               std::uint64_t corrupt_records);

  // A new newest segment.
  void add(Segment segment);
  // The newest segment has durable records up to `segment.end` now.
  void grow(const Segment& segment);

  // The first segment with a base of at least `base` that may have records behind `after`.
  std::optional<Segment> behind(Position after, std::uint64_t base) const;

  // Bytes of all segments up to their durable ends.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // Nothing up to `up_to` is needed any more. Says nothing about files: see remove_released.
  void release(Position up_to);
  // Removes the files of segments that hold nothing needed, except the newest; stops at the first
  // that cannot be removed and keeps it.
  Status remove_released();
  // The newest segment holds records, and none of them is needed.
  bool newest_is_released() const;

  // A damaged stretch starts here; counted as one lost record when it was not known.
  void note_damage(Position start);

  struct Figures {
    std::uint64_t segments = 0;
    Position first;
    Position last;
    std::optional<Instant> oldest;
    std::uint64_t corrupt_records = 0;
  };
  Figures figures() const;

 private:
  Disk& disk_;
  std::atomic<std::uint64_t> bytes_{0};
  mutable Mutex mutex_;
  std::deque<Segment> segments_ CANDOR_GUARDED_BY(mutex_);  // by base
  Position released_ CANDOR_GUARDED_BY(mutex_);
  std::set<Position> damage_ CANDOR_GUARDED_BY(mutex_);
  std::uint64_t corrupt_records_ CANDOR_GUARDED_BY(mutex_) = 0;
};

}  // namespace candor
