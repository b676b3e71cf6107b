#include "server/admit/json_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "server/admit/limits.h"

namespace candor {
namespace {

constexpr std::size_t kFirstBytes = 4096;

constexpr std::uint64_t kEach = 0x0101010101010101;
constexpr std::uint64_t kTop = 0x80 * kEach;

constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - kEach) & ~word & kTop; }

// Not zero when one of the eight bytes is a control character, a quote or a backslash.
std::uint64_t escapes_in(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const auto controls = (word - 0x20 * kEach) & ~word & kTop;
  return controls | zero_bytes(word ^ ('"' * kEach)) | zero_bytes(word ^ ('\\' * kEach));
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// How many bytes at the front need no escape.
std::size_t plain_run(std::string_view text) {
  std::size_t run = 0;
  while (text.size() - run >= 8 && escapes_in(text.data() + run) == 0) run += 8;
  while (run < text.size() && is_plain(text[run])) ++run;
  return run;
}

}  // namespace

void JsonText::put_text(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kLetters = "\"\\bfnrt";
  const auto run = plain_run(text);
  need(text.size() + 2);
  auto* at = bytes_.get() + size_;
  *at++ = '"';
  std::memcpy(at, text.data(), run);
  size_ += run + 1;
  for (const char c : text.substr(run)) {
    if (is_plain(c)) {
      put(c);
    } else if (const auto letter = kShort.find(c); letter != std::string_view::npos) {
      put('\\');
      put(kLetters[letter]);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      put("\\u00");
      put(kHex[byte >> 4]);
      put(kHex[byte & 15]);
    }
  }
  put('"');
}

void JsonText::clear() {
  size_ = 0;
  if (capacity_ <= kSpareParserBytes) return;
  bytes_.reset();
  capacity_ = 0;
}

void JsonText::grow(std::size_t more) {
  const auto capacity = std::max<std::size_t>(2 * capacity_, size_ + more + kFirstBytes);
  auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
  bytes_ = std::move(bytes);
  capacity_ = capacity;
}

}  // namespace candor
