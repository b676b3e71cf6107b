// SegmentScan: reads one segment's file from front to back, past any damage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "journal/disk.h"
#include "journal/record.h"

namespace candor {

// A whole record. `body` is valid until the scan goes on.
struct ScannedRecord {
  RecordHeader header;
  std::uint64_t offset = 0;  // of its header in the file
  std::string_view body;
};

// Bytes that hold no whole record, between two records or at the end.
struct ScannedDamage {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  bool unreadable = false;  // the disk refused to read some of it
};

// What is left of the file from `offset` on is zeros, or nothing.
struct ScannedEnd {
  std::uint64_t offset = 0;
};

// Accepts any bytes. One thread at a time; keeps a reference to the file.
class SegmentScan {
 public:
  using Item = std::variant<ScannedRecord, ScannedDamage, ScannedEnd>;

  // Reads [begin, end) of the file; `begin` is where a record may start, a multiple of 8.
  SegmentScan(DiskFile& file, const SegmentName& name, std::uint64_t begin, std::uint64_t end);

  // The next thing in the file; ScannedEnd again and again at its end. Adjacent stretches of damage
  // may come as several items.
  Item next();

  // Where the next item starts.
  std::uint64_t offset() const { return offset_; }

 private:
  std::string_view window(std::uint64_t offset, std::uint64_t bytes);
  void fill(std::uint64_t offset, std::uint64_t bytes);
  Item resynchronise();

  DiskFile& file_;
  SegmentName name_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;
  std::uint64_t unreadable_until_ = 0;  // end of the last piece the disk refused to read
};

}  // namespace candor
