#include "contract/generated_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "contract/check.h"
#include "contract/program_fields.h"

namespace candor::generated {
namespace {

// Words of C and C++, and names that their headers, or compilers by themselves, define as macros.
constexpr auto kReserved = std::to_array<std::string_view>({"alignas",      "alignof",
                                                            "and",          "and_eq",
                                                            "asm",          "assert",
                                                            "auto",         "bitand",
                                                            "bitor",        "bool",
                                                            "break",        "candor",
                                                            "case",         "catch",
                                                            "char",         "char16_t",
                                                            "char32_t",     "char8_t",
                                                            "class",        "co_await",
                                                            "co_return",    "co_yield",
                                                            "compl",        "concept",
                                                            "const",        "const_cast",
                                                            "consteval",    "constexpr",
                                                            "constinit",    "continue",
                                                            "counter",      "decltype",
                                                            "default",      "delete",
                                                            "do",           "double",
                                                            "dynamic_cast", "else",
                                                            "enum",         "EOF",
                                                            "errno",        "event",
                                                            "explicit",     "export",
                                                            "extern",       "false",
                                                            "float",        "for",
                                                            "friend",       "goto",
                                                            "histogram",    "i386",
                                                            "if",           "inline",
                                                            "int",          "linux",
                                                            "long",         "mutable",
                                                            "namespace",    "new",
                                                            "noexcept",     "not",
                                                            "not_eq",       "NULL",
                                                            "nullptr",      "offsetof",
                                                            "operator",     "or",
                                                            "or_eq",        "private",
                                                            "protected",    "public",
                                                            "register",     "reinterpret_cast",
                                                            "requires",     "restrict",
                                                            "return",       "short",
                                                            "signed",       "sizeof",
                                                            "static",       "static_assert",
                                                            "static_cast",  "std",
                                                            "stderr",       "stdin",
                                                            "stdout",       "stop",
                                                            "struct",       "switch",
                                                            "template",     "this",
                                                            "thread_local", "throw",
                                                            "true",         "try",
                                                            "typedef",      "typeid",
                                                            "typename",     "typeof",
                                                            "union",        "unix",
                                                            "unsigned",     "using",
                                                            "virtual",      "void",
                                                            "volatile",     "wchar_t",
                                                            "while",        "xor",
                                                            "xor_eq"});

std::string unreserved(std::string name) {
  if (std::ranges::find(kReserved, name) != kReserved.end()) name += '_';
  return name;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Bytes of a character that turns the direction of what follows, so that code looks like another.
std::size_t turning_bytes(std::string_view text) {
  constexpr auto kTurning =
      std::to_array<std::string_view>({"\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
                                       "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"});
  const auto found =
      std::ranges::find_if(kTurning, [&](std::string_view one) { return text.starts_with(one); });
  return found == kTurning.end() ? 0 : found->size();
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string made;
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool is_digit = c >= '0' && c <= '9';
    if (made.empty() && is_digit) made += '_';
    if (is_letter || is_digit) {
      made += c;
    } else if (!made.empty() && made.back() != '_') {
      made += '_';
    }
  }
  while (!made.empty() && made.back() == '_') made.pop_back();
  return made.empty() ? "_" : unreserved(std::move(made));
}

std::string type_name(std::string_view name) {
  std::string made;
  bool starts = true;
  for (const char c : identifier(name)) {
    if (c == '_') {
      starts = true;
      continue;
    }
    made += starts && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    starts = false;
  }
  if (made.empty() || (made[0] >= '0' && made[0] <= '9')) return "_" + made;
  return unreserved(std::move(made));
}

std::string literal(std::string_view text) {
  std::string made = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // A digit behind three octal ones is not theirs; "??/" is a backslash to C11.
    const auto turning = turning_bytes(text.substr(i));
    if (is_control(c) || turning > 0) {
      for (std::size_t byte = 0; byte < std::max<std::size_t>(turning, 1); ++byte)
        made += fmt::format("\\{:03o}", static_cast<unsigned char>(text[i + byte]));
      i += turning > 0 ? turning - 1 : 0;
      continue;
    }
    if (c == '"' || c == '\\' || (c == '?' && made.back() == '?')) made += '\\';
    made += c;
  }
  return made + "\"";
}

std::string comment(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const auto turning = turning_bytes(text.substr(i)); turning > 0) {
      i += turning - 1;
      continue;
    }
    made += is_control(c) || c == '\\' ? ' ' : c;
    if (c == '?' && text.substr(i + 1).starts_with('?')) made += ' ';
  }
  return made;
}

Status Names::add(const std::string& name, std::string_view declared) {
  if (names_.insert(name).second) return Ok{};
  return Error{ErrorKind::kBadData,
               fmt::format("{} cannot be written as code: another name becomes {}, too. Give one "
                           "of them another name in the contract.",
                           declared, name)};
}

std::vector<Member> members_of(const Contract& contract, std::size_t event) {
  std::vector<Member> members;
  for (const auto& field : contract.fields) {
    if (field.event != event) continue;
    if (const auto path = program_path(contract.events[event], field))
      members.push_back({&field, std::string(*path), identifier(*path)});
  }
  return members;
}

bool has_surveys(const Contract& contract) {
  return std::ranges::any_of(contract.events,
                             [](const DeclaredEvent& event) { return event.survey.has_value(); });
}

Status check_expiry(const Contract& contract, std::int64_t day) {
  for (const auto& field : contract.fields) {
    if (!is_expired(field, day)) continue;
    return Error{ErrorKind::kBadData,
                 fmt::format("{}:{}:{}: {} has expired: it was to be collected until {}. Take it "
                             "out of the contract, or give it another day. To build sources of "
                             "an earlier day: --as-of {}",
                             contract.file, field.place.line, field.place.column, field.path,
                             format_day(*field.expires), format_day(*field.expires - 1))};
  }
  return Ok{};
}

}  // namespace candor::generated
