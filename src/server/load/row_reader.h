// Reads rows that ClickHouse gave in its RowBinary format, column by column.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace candor {

// The caller keeps to the order and types of the columns. Bytes that end early read as zeros and
// empty texts. Views are into the bytes.
class RowReader {
 public:
  explicit RowReader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }

  std::uint8_t u8() {
    const auto byte = fixed(1);
    return byte.empty() ? 0 : static_cast<std::uint8_t>(byte.front());
  }
  std::uint64_t u64() {
    std::uint64_t value = 0;
    const auto bytes = fixed(sizeof value);
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  std::string_view fixed(std::size_t size) {
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  std::string_view text() {
    std::size_t size = 0;
    for (int shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      size |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return fixed(size);
  }

 private:
  std::string_view rest_;
};

}  // namespace candor
