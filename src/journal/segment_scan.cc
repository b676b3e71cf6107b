#include "journal/segment_scan.h"

#include <algorithm>

#include "journal/crc32c.h"
#include "journal/limits.h"

namespace candor {
namespace {

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

SegmentScan::SegmentScan(DiskFile& file, const SegmentName& name, std::uint64_t begin,
                         std::uint64_t end)
    : file_(file), name_(name), offset_(std::min(begin, end)), end_(end) {}

SegmentScan::Item SegmentScan::next() {
  if (end_ - offset_ < kRecordHeaderBytes) return resynchronise();
  const auto header =
      decode_record_header(window(offset_, kRecordHeaderBytes), {name_.base + offset_}, name_.salt);
  if (!header) return resynchronise();
  const auto size = record_size(header->length);
  if (size > end_ - offset_) return resynchronise();

  const auto content = window(offset_, size).substr(kRecordHeaderBytes);
  const auto start = offset_;
  offset_ += size;
  if (crc32c(content) != header->body_crc || !all_zero(content.substr(header->length))) {
    return ScannedDamage{start, size, unreadable_until_ > start};
  }
  return ScannedRecord{*header, start, content.substr(0, header->length)};
}

// Finds the next valid header at or behind offset_ + 8; zeros up to the end are no damage.
SegmentScan::Item SegmentScan::resynchronise() {
  const auto start = offset_;
  auto content_end = start;  // behind the last byte that is not zero
  for (auto at = start; at < end_; at += kRecordAlignment) {
    const auto left = end_ - at;
    const auto word = window(at, std::min(left, kRecordAlignment));
    if (all_zero(word)) continue;
    content_end = at + word.size();
    if (at == start || word[0] != 'C' || left < kRecordHeaderBytes) continue;
    const auto header =
        decode_record_header(window(at, kRecordHeaderBytes), {name_.base + at}, name_.salt);
    if (header && record_size(header->length) <= left) {
      offset_ = at;
      return ScannedDamage{start, at - start, unreadable_until_ > start};
    }
  }
  if (content_end == start) return ScannedEnd{start};
  offset_ = content_end;
  return ScannedDamage{start, content_end - start, unreadable_until_ > start};
}

// `bytes` bytes of the file at `offset`, both within the file; valid until the next call.
std::string_view SegmentScan::window(std::uint64_t offset, std::uint64_t bytes) {
  if (offset < buffer_offset_ || offset + bytes > buffer_offset_ + buffer_.size()) {
    fill(offset, std::min(end_ - offset, std::max<std::uint64_t>(bytes, kReadWindowBytes)));
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_, bytes);
}

void SegmentScan::fill(std::uint64_t offset, std::uint64_t bytes) {
  // A buffer that grew for one large record is not kept.
  if (buffer_.capacity() > 2 * kReadWindowBytes && bytes <= kReadWindowBytes)
    std::string().swap(buffer_);
  buffer_offset_ = offset;
  buffer_.resize(bytes);
  if (const auto read = file_.read_at(offset, buffer_); read.ok() && *read == bytes) return;

  // Bytes that cannot be read must not pass for unused space, so they are not zeros.
  for (std::uint64_t done = 0; done < bytes; done += kReadRetryBytes) {
    const std::span piece(buffer_.data() + done,
                          std::min<std::uint64_t>(kReadRetryBytes, bytes - done));
    const auto read = file_.read_at(offset + done, piece);
    const auto got = read.ok() ? *read : 0;
    if (got == piece.size()) continue;
    std::fill(piece.begin() + static_cast<std::ptrdiff_t>(got), piece.end(), '\xff');
    unreadable_until_ = offset + done + piece.size();
  }
}

}  // namespace candor
