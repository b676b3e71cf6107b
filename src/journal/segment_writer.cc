#include "journal/segment_writer.h"

#include <sys/random.h>

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "journal/limits.h"
#include "journal/record.h"

namespace candor {
namespace {

// Positions move on with the clock by this much a second, so that they are new even when every
// file of the journal was lost.
constexpr int kPositionsPerSecondBits = 20;
constexpr std::int64_t kLatestSecond = std::int64_t{1} << 40;

std::uint64_t system_salt() {
  std::uint64_t salt = 0;
  if (::getrandom(&salt, sizeof salt, 0) == sizeof salt) return salt;
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::uint64_t round_up(std::uint64_t bytes) {
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

}  // namespace

SegmentWriter::SegmentWriter(SegmentWriterOptions options) : options_(std::move(options)) {
  if (!options_.salt) options_.salt = system_salt;
  const auto now =
      std::clamp<std::int64_t>(to_unix_seconds(options_.clock->now()), 0, kLatestSecond);
  options_.next_base = round_up(
      std::max(options_.next_base, static_cast<std::uint64_t>(now) << kPositionsPerSecondBits));
  buffer_.reserve(kWriteBufferBytes);
}

bool SegmentWriter::fits(std::uint64_t length) const {
  return record_size(length) <= capacity_ - end_;
}

Status SegmentWriter::begin(std::uint64_t length) {
  const auto now = std::chrono::steady_clock::now();
  if (begin_error_ && now < retry_at_) return *begin_error_;

  const SegmentName name{options_.next_base, options_.salt()};
  const auto capacity =
      round_up(std::max(options_.segment_bytes, kSegmentHeaderBytes + record_size(length)));
  if (auto made = make(name, capacity); !made.ok()) {
    file_.reset();
    // Once, not for every append of a disk that stays full.
    if (!begin_error_) log_warning("journal: {}; appends are refused", made.error().message);
    begin_error_ = made.error();
    retry_at_ = now + options_.retry_delay;
    return made;
  }
  if (begin_error_) log_info("journal: segments can be made again; appends are accepted");
  begin_error_.reset();
  options_.next_base = name.base + capacity;
  capacity_ = capacity;
  end_ = written_ = kSegmentHeaderBytes;
  ordinal_ = 0;
  write_status_ = Ok{};
  put_ = {.name = name, .path = options_.folder / format_segment_name(name), .end = end_};
  durable_ = put_;
  return Ok{};
}

// The file is whole and durable before it gets a segment's name.
Status SegmentWriter::make(const SegmentName& name, std::uint64_t capacity) {
  const Path path = options_.folder / format_segment_name(name);
  const Path temporary = path.string() + ".tmp";
  auto& disk = *options_.disk;
  CANDOR_ASSIGN(file, disk.create(temporary));
  const auto drop = [&](Status why) {
    (void)disk.remove(temporary);
    return why;
  };
  if (auto done = file->allocate(capacity); !done.ok()) return drop(std::move(done));
  const auto header = encode_segment_header({.name = name,
                                             .capacity = capacity,
                                             .previous_end = options_.previous_end,
                                             .created = options_.clock->now()});
  if (auto done = file->write_at(0, header); !done.ok()) return drop(std::move(done));
  if (auto done = file->sync(); !done.ok()) return drop(std::move(done));
  if (auto done = disk.rename(temporary, path); !done.ok()) return drop(std::move(done));
  if (auto done = disk.sync_folder(options_.folder); !done.ok()) {
    (void)disk.remove(path);
    // Should the file come back after a crash, its positions are not used by another.
    options_.next_base = name.base + capacity;
    return done;
  }
  file_ = std::move(file);
  return Ok{};
}

Position SegmentWriter::put(std::string_view body, std::uint32_t body_crc) {
  if (seconds_ == 0) {
    seconds_ = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(to_unix_seconds(options_.clock->now()), 1, UINT32_MAX));
  }
  const Position position{put_.name.base + end_};
  const auto header = encode_record_header({.position = position,
                                            .length = static_cast<std::uint32_t>(body.size()),
                                            .ordinal = ordinal_++,
                                            .seconds = seconds_,
                                            .body_crc = body_crc},
                                           put_.name.salt);
  const auto size = record_size(body.size());
  if (buffer_.size() + size > kWriteBufferBytes) flush();
  buffer_.append(header.data(), header.size());
  if (size > kWriteBufferBytes) {
    // A large body goes to the disk from where it is.
    flush();
    if (write_status_.ok()) write_status_ = file_->write_at(written_, body);
    written_ += body.size();
  } else {
    buffer_.append(body);
  }
  buffer_.append(size - kRecordHeaderBytes - body.size(), '\0');

  end_ += size;
  put_.end = end_;
  put_.last = put_.bound = position;
  if (put_.first == Position{}) {
    put_.first = position;
    put_.first_time = from_unix_millis(seconds_ * std::int64_t{1000});
  }
  return position;
}

void SegmentWriter::flush() {
  if (!buffer_.empty() && write_status_.ok()) write_status_ = file_->write_at(written_, buffer_);
  written_ += buffer_.size();
  buffer_.clear();
}

Status SegmentWriter::sync() {
  flush();
  seconds_ = 0;
  if (write_status_.ok()) write_status_ = file_->sync();
  if (write_status_.ok()) durable_ = put_;
  return write_status_;
}

void SegmentWriter::seal() {
  if (!file_) return;
  if (durable_.end < capacity_) {
    // Gives preallocated space back, and takes refused records away; recovery copes without.
    if (auto cut = file_->truncate(durable_.end); !cut.ok()) {
      log_warning("journal: {}; the segment keeps its unused space", cut.error().message);
    }
  }
  options_.previous_end = {durable_.name.base + durable_.end};
  file_.reset();
  buffer_.clear();
}

}  // namespace candor
