// Rows in ClickHouse's RowBinary format: columns one after the other, no names, no separators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace candor {

// How many there are, or how long a text is, as both of ClickHouse's binary formats have it.
inline void append_count(std::string& bytes, std::size_t count) {
  for (; count >= 0x80; count >>= 7) bytes += static_cast<char>((count & 0x7f) | 0x80);
  bytes += static_cast<char>(count);
}

// Collects the rows of one INSERT; the caller keeps to the order and types of the columns.
class RowBinary {
 public:
  RowBinary& u8(std::uint8_t value) { return raw(&value, sizeof value); }
  RowBinary& u16(std::uint16_t value) { return raw(&value, sizeof value); }
  RowBinary& u32(std::uint32_t value) { return raw(&value, sizeof value); }
  RowBinary& u64(std::uint64_t value) { return raw(&value, sizeof value); }
  RowBinary& f64(double value) { return raw(&value, sizeof value); }
  RowBinary& text(std::string_view value) {
    count(value.size());
    bytes_ += value;
    return *this;
  }
  RowBinary& date(std::int64_t day) { return u16(static_cast<std::uint16_t>(day)); }
  RowBinary& date_time(std::int64_t seconds) { return u32(static_cast<std::uint32_t>(seconds)); }

  // Before the values of an array: how many there are.
  RowBinary& count(std::size_t values) {
    append_count(bytes_, values);
    return *this;
  }

  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }
  // The rows; there are none afterwards.
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  // Little-endian machines only, like ClickHouse itself.
  RowBinary& raw(const void* value, std::size_t size) {
    bytes_.append(static_cast<const char*>(value), size);
    return *this;
  }
  std::string bytes_;
};

}  // namespace candor
