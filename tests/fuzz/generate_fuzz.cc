// Any contract as code: what is generated of it has nothing of the contract outside of literals and
// comments but identifiers, and neither ends early.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "contract/contract.h"
#include "contract/generate.h"
#include "require.h"

namespace {

using namespace candor;

constexpr std::int64_t kToday = 20'778;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A literal, from behind its quote; the place behind it.
std::size_t behind_literal(std::string_view code, std::size_t at) {
  constexpr std::string_view kEscapes = "\"\\?0123";
  for (; at < code.size() && code[at] != '"'; ++at) {
    require(static_cast<unsigned char>(code[at]) >= 0x20 && code[at] != 0x7f);
    if (code[at] != '\\') continue;
    require(at + 1 < code.size() && kEscapes.find(code[at + 1]) != std::string_view::npos);
    ++at;
  }
  require(at < code.size());
  return at + 1;
}

// The code without literals and comments, whose lines are looked at.
std::string bare(std::string_view code) {
  require(code.find("?\?") == std::string_view::npos);
  std::string made;
  for (std::size_t at = 0; at < code.size();) {
    if (code.substr(at).starts_with("//")) {
      const auto end = code.find('\n', at);
      require(end != std::string_view::npos);
      for (const char c : code.substr(at, end - at))
        require(static_cast<unsigned char>(c) >= 0x20 && c != '\\' && c != 0x7f);
      at = end;
    } else if (code[at] == '"') {
      at = behind_literal(code, at + 1);
      made += "\"\"";
    } else {
      made += code[at++];
    }
  }
  return made;
}

// What no contract changes: the text around names.
void require_code(std::string_view code, const std::set<std::string_view>& directives) {
  constexpr std::string_view kSigns = " \n{}()[]<>,;:.*&=-!~#\"+?/";
  const auto text = bare(code);
  require(text.find("/*") == std::string::npos);
  std::size_t open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    require(is_word(c) || kSigns.find(c) != std::string_view::npos);
    if (c == '{') ++open;
    if (c == '}') require(open-- > 0);
    if (c == '#') {
      require(at == 0 || text[at - 1] == '\n');
      const auto end = text.find_first_of(" \n", at);
      require(directives.contains(std::string_view(text).substr(at, end - at)));
    }
    // A number is a number: no name begins with a digit.
    const bool begins = is_word(c) && (at == 0 || !is_word(text[at - 1]));
    if (!begins || c < '0' || c > '9') continue;
    const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                      [](char one) { return is_word(one); });
    require(std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), end,
                        [](char one) { return one >= '0' && one <= '9'; }));
  }
  require(open == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto contract = parse_contract(text, "fuzz.toml");
  if (!contract.ok()) return 0;
  const auto said = [](const Error& error) {
    require(error.kind == ErrorKind::kBadData && !error.message.empty());
  };
  if (const auto cpp = to_cpp(*contract, kToday); cpp.ok()) {
    require_code(*cpp, {"#pragma", "#include"});
  } else {
    said(cpp.error());
  }
  if (const auto c = to_c(*contract, kToday); c.ok()) {
    require_code(*c, {"#ifndef", "#define", "#include", "#endif"});
  } else {
    said(c.error());
  }
  return 0;
}
