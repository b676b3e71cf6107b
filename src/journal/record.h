// The bytes of the journal's format (docs/formats/journal.md): headers to bytes and back. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "journal/position.h"

namespace candor {

inline constexpr std::uint32_t kJournalFormatVersion = 1;
inline constexpr std::uint64_t kSegmentHeaderBytes = 64;
inline constexpr std::uint64_t kRecordHeaderBytes = 32;
inline constexpr std::uint64_t kRecordAlignment = 8;

// What the name of a segment's file says.
struct SegmentName {
  std::uint64_t base = 0;  // position of the file's first byte
  std::uint64_t salt = 0;
  bool operator==(const SegmentName&) const = default;
};

std::string format_segment_name(const SegmentName& name);
// Nothing when it is not a segment's name.
std::optional<SegmentName> parse_segment_name(std::string_view file_name);

struct SegmentHeader {
  SegmentName name;
  std::uint64_t capacity = 0;  // bytes
  Position previous_end;       // the position after the last durable record of the segment before
  Instant created;
};

std::string encode_segment_header(const SegmentHeader& header);

// How the first bytes of a file read. Never fails: a damaged header costs no record.
struct SegmentHeaderFound {
  std::optional<SegmentHeader> header;         // set when it is whole and of this version
  std::optional<std::uint32_t> newer_version;  // set when a newer program wrote the file
};
SegmentHeaderFound decode_segment_header(std::string_view bytes);

struct RecordHeader {
  Position position;
  std::uint32_t length = 0;   // of the body, bytes
  std::uint32_t ordinal = 0;  // in its segment
  std::uint32_t seconds = 0;  // since 1970
  std::uint32_t body_crc = 0;
};

using RecordHeaderBytes = std::array<char, kRecordHeaderBytes>;
RecordHeaderBytes encode_record_header(const RecordHeader& header, std::uint64_t salt);

// Nothing unless the first 32 of `bytes` are a valid header for `position`. Says nothing about the
// body. `length` is at most kMaxRecordBytes.
std::optional<RecordHeader> decode_record_header(std::string_view bytes, Position position,
                                                 std::uint64_t salt);

// The checksum of a body of a record with its padding.
std::uint32_t record_body_crc(std::string_view body);

// Bytes a record takes in its file: header, body, padding.
constexpr std::uint64_t record_size(std::uint64_t length) {
  return kRecordHeaderBytes + (length + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

}  // namespace candor
