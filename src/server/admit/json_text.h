// JSON that is written piece by piece, and taken back in part.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

namespace candor {

// Bytes that only grow, but for cut(); none is looked at before it is written. Not thread-safe.
class JsonText {
 public:
  void put(char c) {
    need(1);
    bytes_[size_++] = c;
  }
  void put(std::string_view json) {
    need(json.size());
    std::memcpy(bytes_.get() + size_, json.data(), json.size());
    size_ += json.size();
  }
  // In quotes, and escaped where it must be; `text` is UTF-8.
  void put_text(std::string_view text);

  std::size_t size() const { return size_; }
  // Takes back what was put after the first `size` bytes.
  void cut(std::size_t size) { size_ = size; }
  std::string_view view() const { return {bytes_.get(), size_}; }
  // Empty again, with its memory, but for that of an unusually large one.
  void clear();

 private:
  void need(std::size_t more) {
    if (capacity_ - size_ < more) grow(more);
  }
  void grow(std::size_t more);

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace candor
