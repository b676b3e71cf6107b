// Arbitrary bytes as a crash's message and frames: what counts of them is what the original's own
// expression and cuts say, and nothing of an address ever counts.
#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include "base/stack_signature.h"
#include "require.h"

namespace {

using namespace candor;

// std::regex needs stack for each byte.
constexpr std::size_t kLongest = 512;

std::string by_expression(const std::string& message) {
  static const std::regex expression(R"(([\s\S]*) thread [\s\S]* time [\s\S]*(: [\s\S]*)\n)");
  std::smatch match;
  const auto at_start = std::regex_constants::match_continuous;
  if (!std::regex_search(message, match, expression, at_start)) return "";
  return match[1].str() + match[2].str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kLongest) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  require(signed_part_of_message(text) == by_expression(text));
  const auto part = signed_part_of_frame(text);
  require(part.size() + 2 <= text.size() || part.empty());
  require(part.find('+') == std::string_view::npos);
  require(signed_part_of_frame(text + " [0x7f00]") == signed_part_of_frame(text + " [0x55550123]"));
  const std::vector<std::string> backtrace = {text, "(f()+0x1) [0x2]"};
  const auto signature = stack_signature(backtrace, text);
  require(signature.size() == 64 && signature == stack_signature(backtrace, text));
  return 0;
}
