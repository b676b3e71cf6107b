#include "base/stack_signature.h"

#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kThread = " thread ";
constexpr std::string_view kTime = " time ";
constexpr std::string_view kColon = ": ";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The original cuts characters, not bytes.
std::string_view without_ends(std::string_view text) {
  if (text.empty()) return text;
  text.remove_prefix(1);
  while (!text.empty() && continues(text.front())) text.remove_prefix(1);
  while (!text.empty() && continues(text.back())) text.remove_suffix(1);
  if (!text.empty()) text.remove_suffix(1);
  return text;
}

// Where the last `word` begins that ends at `end` or before; npos when there is none.
std::size_t last_before(std::string_view text, std::string_view word, std::size_t end) {
  if (end < word.size()) return std::string_view::npos;
  return text.rfind(word, end - word.size());
}

}  // namespace

std::string_view signed_part_of_frame(std::string_view frame) {
  const auto kept = without_ends(frame.substr(0, frame.rfind(' ')));
  return kept.substr(0, kept.find('+'));
}

// The original's expression is (.*) thread .* time .*(: .*)\n, greedy, over all lines: each part is
// the last one that leaves room for those after it. So it is read from the end.
std::string signed_part_of_message(std::string_view message) {
  constexpr auto kNone = std::string_view::npos;
  const auto line_end = message.rfind('\n');
  if (line_end == kNone) return "";
  const auto colon = last_before(message, kColon, line_end);
  if (colon == kNone) return "";
  const auto time = last_before(message, kTime, colon);
  if (time == kNone) return "";
  const auto thread = last_before(message, kThread, time);
  if (thread == kNone) return "";
  std::string kept(message.substr(0, thread));
  kept += message.substr(colon, line_end - colon);
  return kept;
}

std::string stack_signature(const std::vector<std::string>& backtrace,
                            std::string_view assert_message) {
  std::string text;
  for (const auto& frame : backtrace) text += signed_part_of_frame(frame);
  text += signed_part_of_message(assert_message);
  return sha256_hex(text);
}

}  // namespace candor
