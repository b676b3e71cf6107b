#include "journal/kept_segments.h"

#include <algorithm>
#include <utility>

namespace candor {

KeptSegments::KeptSegments(Disk& disk, std::vector<Segment> segments,
                           const std::vector<Position>& damage, std::uint64_t corrupt_records)
    : disk_(disk), damage_(damage.begin(), damage.end()), corrupt_records_(corrupt_records) {
  for (auto& segment : segments) {
    bytes_ += segment.end;
    segments_.push_back(std::move(segment));
  }
}

void KeptSegments::add(Segment segment) {
  MutexLock lock(mutex_);
  bytes_ += segment.end;
  segments_.push_back(std::move(segment));
}

void KeptSegments::grow(const Segment& segment) {
  MutexLock lock(mutex_);
  auto& newest = segments_.back();
  bytes_ += segment.end - newest.end;
  newest.end = segment.end;
  newest.first = segment.first;
  newest.last = segment.last;
  newest.bound = segment.bound;
  newest.first_time = segment.first_time;
}

std::optional<Segment> KeptSegments::behind(Position after, std::uint64_t base) const {
  MutexLock lock(mutex_);
  for (const auto& segment : segments_) {
    if (segment.name.base >= base && segment.bound > after) return segment;
  }
  return std::nullopt;
}

void KeptSegments::release(Position up_to) {
  MutexLock lock(mutex_);
  released_ = std::max(released_, up_to);
}

Status KeptSegments::remove_released() {
  for (;;) {
    SegmentName name;
    Path path;
    {
      MutexLock lock(mutex_);
      if (segments_.size() < 2 || segments_.front().bound > released_) return Ok{};
      name = segments_.front().name;
      path = segments_.front().path;
    }
    CANDOR_TRY(disk_.remove(path));
    MutexLock lock(mutex_);
    // Another thread may have removed it meanwhile.
    if (segments_.empty() || segments_.front().name != name) continue;
    bytes_ -= segments_.front().end;
    segments_.pop_front();
    damage_.erase(damage_.begin(), damage_.lower_bound({segments_.front().name.base}));
  }
}

bool KeptSegments::newest_is_released() const {
  MutexLock lock(mutex_);
  return !segments_.empty() && segments_.back().bound != Position{} &&
         segments_.back().bound <= released_;
}

void KeptSegments::note_damage(Position start) {
  MutexLock lock(mutex_);
  if (damage_.insert(start).second) ++corrupt_records_;
}

KeptSegments::Figures KeptSegments::figures() const {
  MutexLock lock(mutex_);
  Figures figures;
  figures.segments = segments_.size();
  figures.corrupt_records = corrupt_records_;
  for (const auto& segment : segments_) {
    if (segment.last == Position{}) continue;
    if (figures.first == Position{}) {
      figures.first = segment.first;
      figures.oldest = segment.first_time;
    }
    figures.last = segment.last;
  }
  return figures;
}

}  // namespace candor
