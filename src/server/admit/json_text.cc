#include "server/admit/json_text.h"

#include <cstdint>
#include <cstring>

namespace candor {
namespace {

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

void append_escape(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kLetters = "\"\\bfnrt";
  out += '\\';
  if (const auto at = kShort.find(c); at != std::string_view::npos) {
    out += kLetters[at];
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const auto run = plain_run(text);
    out.append(text.data(), run);
    if (run == text.size()) break;
    append_escape(out, text[run]);
    text.remove_prefix(run + 1);
  }
  out += '"';
}

}  // namespace candor
