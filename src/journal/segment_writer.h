// SegmentWriter: writes records into the newest segment; makes and seals segments.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "journal/disk.h"
#include "journal/recovery.h"

namespace candor {

struct SegmentWriterOptions {
  Path folder;
  std::uint64_t segment_bytes = 0;
  std::chrono::milliseconds retry_delay{0};
  Disk* disk = nullptr;
  const Clock* clock = nullptr;
  std::function<std::uint64_t()> salt;
  std::uint64_t next_base = 0;  // positions below it may have been given out
  Position previous_end;        // where the records before it end
};

// One thread. At most one segment is open: begin(), then put() and sync() in turn, then seal().
class SegmentWriter {
 public:
  explicit SegmentWriter(SegmentWriterOptions options);

  bool is_open() const { return file_ != nullptr; }
  // A record with a body of `length` bytes has room. Requires is_open().
  bool fits(std::uint64_t length) const;

  // Opens a new, empty segment with room for a body of `length` bytes at least. After a failure it
  // answers the same error without touching the disk until the retry delay has passed. Requires
  // !is_open().
  Status begin(std::uint64_t length);

  // Adds a record; its failure shows at the next sync(). Requires fits().
  Position put(std::string_view body, std::uint32_t body_crc);

  // Everything put since the last sync() is durable, or none of it counts: then only seal() is
  // allowed.
  Status sync();

  // The open segment with what is durable of it.
  const Segment& durable() const { return durable_; }

  // Ends the segment behind what is durable; fine when none is open.
  void seal();

 private:
  Status make(const SegmentName& name, std::uint64_t capacity);
  void flush();

  SegmentWriterOptions options_;
  std::unique_ptr<DiskFile> file_;
  std::uint64_t capacity_ = 0;
  std::uint64_t end_ = 0;      // behind the last record put
  std::uint64_t written_ = 0;  // behind the last byte handed to the disk; the rest is in buffer_
  std::uint32_t ordinal_ = 0;  // of the next record
  std::uint32_t seconds_ = 0;  // the time of the records put since the last sync; 0: not yet asked
  std::string buffer_;
  Status write_status_ = Ok{};
  Segment put_;  // the segment including what is not durable yet
  Segment durable_;
  std::optional<Error> begin_error_;
  std::chrono::steady_clock::time_point retry_at_;
};

}  // namespace candor
