#include "journal/journal_reader.h"

#include <utility>
#include <variant>

namespace candor {

Result<std::vector<JournalRecord>> JournalReader::read(Position after, ReadLimits limits) {
  MutexLock lock(mutex_);
  std::vector<JournalRecord> records;
  std::uint64_t bytes = 0;
  std::uint64_t from_base = 0;
  while (const auto segment = kept_.behind(after, from_base)) {
    from_base = segment->name.base + 1;
    if (auto opened = go_to(*segment, after); !opened.ok()) {
      // Released since it was found; so is everything in it.
      if (opened.error().kind == ErrorKind::kNotFound) continue;
      if (!records.empty()) return records;
      return std::move(opened).error();
    }
    SegmentScan scan(*cursor_.file, segment->name, cursor_.offset, segment->end);
    for (;;) {
      const auto item = scan.next();
      if (std::holds_alternative<ScannedEnd>(item)) break;
      if (const auto* damage = std::get_if<ScannedDamage>(&item)) {
        const Position start{segment->name.base + damage->offset};
        if (start > after) kept_.note_damage(start);
        continue;
      }
      const auto& record = std::get<ScannedRecord>(item);
      if (record.header.position <= after) continue;
      if (!records.empty() &&
          (records.size() >= limits.records || bytes + record.body.size() > limits.bytes)) {
        return records;
      }
      bytes += record.body.size();
      records.push_back({record.header.position,
                         from_unix_millis(record.header.seconds * std::int64_t{1000}),
                         std::string(record.body)});
      after = record.header.position;
      cursor_.after = after;
      cursor_.offset = scan.offset();
    }
  }
  return records;
}

// Sets the cursor to a place in the segment from which every record behind `after` is met.
Status JournalReader::go_to(const Segment& segment, Position after) {
  if (cursor_.file && cursor_.name == segment.name && cursor_.after == after) return Ok{};
  CANDOR_ASSIGN(file, disk_.open(segment.path));
  cursor_ = {segment.name, std::move(file), after, kSegmentHeaderBytes};

  if (after.value <= segment.name.base || after.value - segment.name.base >= segment.end ||
      after.value % kRecordAlignment != 0) {
    return Ok{};
  }
  // The record at `after` says where the next one is; if it is no record, start at the front.
  SegmentScan scan(*cursor_.file, segment.name, after.value - segment.name.base, segment.end);
  if (std::holds_alternative<ScannedRecord>(scan.next())) cursor_.offset = scan.offset();
  return Ok{};
}

}  // namespace candor
