// Rows in ClickHouse's Native format: a block of columns, each with its name and type. The cheapest
// for both sides where there are many rows.
#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/load/limits.h"
#include "server/load/row_binary.h"

namespace candor {

// One column of a block. The caller keeps to the type that it has.
class NativeColumn {
 public:
  // Both texts outlive it.
  NativeColumn(std::string_view name, std::string_view type) : name_(name), type_(type) {}

  void u8(std::uint8_t value) { raw(&value, sizeof value); }
  void u16(std::uint16_t value) { raw(&value, sizeof value); }
  void u32(std::uint32_t value) { raw(&value, sizeof value); }
  void u64(std::uint64_t value) { raw(&value, sizeof value); }
  void f64(double value) { raw(&value, sizeof value); }
  void date(std::int64_t day) { u16(static_cast<std::uint16_t>(day)); }
  void date_time(std::int64_t seconds) { u32(static_cast<std::uint32_t>(seconds)); }
  void text(std::string_view value) {
    append_count(bytes_, value.size());
    bytes_ += value;
  }
  // The bytes of a FixedString, or of values that stand one behind the other: of an array first
  // where each row ends (UInt64), then the values.
  void raw(const void* values, std::size_t size) {
    // Little-endian machines only, like ClickHouse itself.
    bytes_.append(static_cast<const char*>(values), size);
  }
  // The same value in the next `rows` rows, as the functions above would write it.
  void repeat(std::string_view bytes, std::size_t rows) {
    for (; rows > 0; --rows) bytes_ += bytes;
  }

  std::size_t size() const { return bytes_.size(); }

 private:
  friend class NativeBlock;
  std::string_view name_, type_;
  std::string bytes_;
};

// The rows of one INSERT. They are put into blocks of some thousand rows each, which the store puts
// together again: so that the columns stay small, and nothing is there twice.
class NativeBlock {
 public:
  explicit NativeBlock(std::vector<NativeColumn> columns) : columns_(std::move(columns)) {}

  NativeColumn& operator[](std::size_t column) { return columns_[column]; }
  // That so many more rows are whole in each column.
  void add_rows(std::size_t rows) {
    rows_ += rows;
    if (rows_ >= kRowsOfNativeBlock) end_block();
  }
  bool empty() const { return rows_ == 0 && bytes_.empty(); }

  // The rows as they are sent; there are none afterwards.
  std::string take() {
    end_block();
    return std::exchange(bytes_, {});
  }
  // The same in place of what is in `into`, whose memory is used for the next rows.
  void take(std::string& into) {
    end_block();
    into.clear();
    if (into.capacity() > kReservedNativeBytes) into.shrink_to_fit();
    into.swap(bytes_);
  }
  // Of the rows, about.
  std::size_t size() const {
    return std::accumulate(
        columns_.begin(), columns_.end(), bytes_.size(),
        [](std::size_t sum, const NativeColumn& column) { return sum + column.size(); });
  }

 private:
  void end_block() {
    if (rows_ == 0) return;
    // Pages that nothing is written to cost nothing; a text that grows is there twice meanwhile.
    if (bytes_.empty()) bytes_.reserve(kReservedNativeBytes);
    append_count(bytes_, columns_.size());
    append_count(bytes_, rows_);
    for (auto& column : columns_) {
      for (const auto text : {column.name_, column.type_}) {
        append_count(bytes_, text.size());
        bytes_ += text;
      }
      bytes_ += column.bytes_;
      column.bytes_.clear();
    }
    rows_ = 0;
  }

  std::vector<NativeColumn> columns_;
  std::size_t rows_ = 0;  // in the columns
  std::string bytes_;     // blocks that are whole
};

}  // namespace candor
