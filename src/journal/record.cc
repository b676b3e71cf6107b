#include "journal/record.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "journal/crc32c.h"
#include "journal/limits.h"

namespace candor {
namespace {

constexpr std::string_view kSegmentMagic = "CANDORJ\n";
constexpr std::string_view kRecordMagic = "CJR1";
constexpr std::string_view kSegmentSuffix = ".segment";
// Bases stay far from the end of the 64 bits, so that base + capacity cannot overflow.
constexpr std::uint64_t kMaxBase = 1ull << 62;

template <typename T>
void put(char* bytes, std::size_t offset, T value) {
  std::memcpy(bytes + offset, &value, sizeof value);
}

template <typename T>
T get(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint32_t record_header_crc(const char* header, std::uint64_t salt) {
  char salt_bytes[sizeof salt];
  put(salt_bytes, 0, salt);
  return crc32c({header + 8, kRecordHeaderBytes - 8}, crc32c({salt_bytes, sizeof salt_bytes}));
}

}  // namespace

std::string format_segment_name(const SegmentName& name) {
  return fmt::format("{:016x}-{:016x}{}", name.base, name.salt, kSegmentSuffix);
}

std::optional<SegmentName> parse_segment_name(std::string_view file_name) {
  if (file_name.size() != 33 + kSegmentSuffix.size() || !file_name.ends_with(kSegmentSuffix)) {
    return std::nullopt;
  }
  const auto base = parse_hex(file_name.substr(0, 16));
  const auto salt = parse_hex(file_name.substr(17, 16));
  if (!base || !salt || *base > kMaxBase || *base % kRecordAlignment != 0) return std::nullopt;
  SegmentName name{*base, *salt};
  // One name, one spelling: no capital digits, no other separator.
  if (format_segment_name(name) != file_name) return std::nullopt;
  return name;
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentHeaderBytes, '\0');
  std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
  put(bytes.data(), 8, kJournalFormatVersion);
  put(bytes.data(), 12, crc32c({bytes.data(), 12}));
  put(bytes.data(), 16, header.name.base);
  put(bytes.data(), 24, header.name.salt);
  put(bytes.data(), 32, header.capacity);
  put(bytes.data(), 40, header.previous_end.value);
  put(bytes.data(), 48, to_unix_millis(header.created));
  put(bytes.data(), 60, crc32c({bytes.data(), 60}));
  return bytes;
}

SegmentHeaderFound decode_segment_header(std::string_view bytes) {
  SegmentHeaderFound found;
  if (bytes.size() < 16 || !bytes.starts_with(kSegmentMagic) ||
      get<std::uint32_t>(bytes, 12) != crc32c(bytes.substr(0, 12))) {
    return found;
  }
  const auto version = get<std::uint32_t>(bytes, 8);
  if (version > kJournalFormatVersion) found.newer_version = version;
  if (version != kJournalFormatVersion || bytes.size() < kSegmentHeaderBytes ||
      get<std::uint32_t>(bytes, 60) != crc32c(bytes.substr(0, 60))) {
    return found;
  }
  const SegmentHeader header{
      .name = {.base = get<std::uint64_t>(bytes, 16), .salt = get<std::uint64_t>(bytes, 24)},
      .capacity = get<std::uint64_t>(bytes, 32),
      .previous_end = {get<std::uint64_t>(bytes, 40)},
      .created = from_unix_millis(get<std::int64_t>(bytes, 48)),
  };
  if (header.name.base <= kMaxBase && header.name.base % kRecordAlignment == 0 &&
      header.capacity >= kSegmentHeaderBytes && header.capacity <= kMaxSegmentBytes) {
    found.header = header;
  }
  return found;
}

RecordHeaderBytes encode_record_header(const RecordHeader& header, std::uint64_t salt) {
  RecordHeaderBytes bytes{};
  std::memcpy(bytes.data(), kRecordMagic.data(), kRecordMagic.size());
  put(bytes.data(), 8, header.position.value);
  put(bytes.data(), 16, header.length);
  put(bytes.data(), 20, header.ordinal);
  put(bytes.data(), 24, header.seconds);
  put(bytes.data(), 28, header.body_crc);
  put(bytes.data(), 4, record_header_crc(bytes.data(), salt));
  return bytes;
}

std::optional<RecordHeader> decode_record_header(std::string_view bytes, Position position,
                                                 std::uint64_t salt) {
  if (bytes.size() < kRecordHeaderBytes || !bytes.starts_with(kRecordMagic)) return std::nullopt;
  if (get<std::uint64_t>(bytes, 8) != position.value ||
      get<std::uint32_t>(bytes, 4) != record_header_crc(bytes.data(), salt)) {
    return std::nullopt;
  }
  const RecordHeader header{
      .position = position,
      .length = get<std::uint32_t>(bytes, 16),
      .ordinal = get<std::uint32_t>(bytes, 20),
      .seconds = get<std::uint32_t>(bytes, 24),
      .body_crc = get<std::uint32_t>(bytes, 28),
  };
  if (header.length > kMaxRecordBytes) return std::nullopt;
  return header;
}

std::uint32_t record_body_crc(std::string_view body) {
  static constexpr char kZeros[kRecordAlignment] = {};
  const auto padding = record_size(body.size()) - kRecordHeaderBytes - body.size();
  return crc32c({kZeros, padding}, crc32c(body));
}

}  // namespace candor
