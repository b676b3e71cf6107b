#include "contract/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/clock.h"
#include "contract/check.h"
#include "contract/program_fields.h"

namespace candor {
namespace {

constexpr auto kReserved = std::to_array<std::string_view>(
    {"alignas",  "alignof",  "and",       "asm",     "auto",    "bitand",    "bitor",   "bool",
     "break",    "case",     "catch",     "char",    "class",   "compl",     "concept", "const",
     "continue", "decltype", "default",   "delete",  "do",      "double",    "else",    "enum",
     "explicit", "export",   "extern",    "false",   "float",   "for",       "friend",  "goto",
     "if",       "inline",   "int",       "long",    "mutable", "namespace", "new",     "noexcept",
     "not",      "nullptr",  "operator",  "or",      "private", "protected", "public",  "register",
     "requires", "return",   "short",     "signed",  "sizeof",  "static",    "struct",  "switch",
     "template", "this",     "throw",     "true",    "try",     "typedef",   "typeid",  "typename",
     "union",    "unsigned", "using",     "virtual", "void",    "volatile",  "while",   "xor",
     "stop",     "counter",  "histogram", "event",   "std"});

// A name as code has it: "properties.template" is properties_template.
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
  if (made.empty()) made = "_";
  if (std::ranges::find(kReserved, made) != kReserved.end()) made += '_';
  return made;
}

// The same as the name of a type: ProjectCreated.
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
  return made.empty() || (made[0] >= '0' && made[0] <= '9') ? "_" + made : made;
}

std::string literal(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + "\"";
}

// One line of a comment.
std::string comment(std::string_view text) {
  std::string made;
  for (const char c : text) made += c == '\n' || c == '\\' ? ' ' : c;
  return made;
}

// No two of them in one scope.
class Names {
 public:
  Status add(const std::string& name, std::string_view declared) {
    if (names_.insert(name).second) return Ok{};
    return Error{ErrorKind::kBadData,
                 fmt::format("{} cannot be written as code: another name becomes {}, too. Give one "
                             "of them another name in the contract.",
                             declared, name)};
  }

 private:
  std::set<std::string> names_;
};

// A field of an event that code can say something of.
struct Member {
  const Field* field;
  std::string path;  // within the event
  std::string name;
  std::string type;  // in the namespace candor, or an enumeration's
};

class CppWriter {
 public:
  CppWriter(const Contract& contract, std::int64_t day) : contract_(contract), day_(day) {}

  Result<std::string> write() {
    CANDOR_TRY(check_expiry());
    for (const auto& field : contract_.fields) {
      if (!field.event && field.kind != FieldKind::kValue) CANDOR_TRY(add_counted(field));
    }
    for (std::size_t i = 0; i < contract_.events.size(); ++i) CANDOR_TRY(add_event(i));
    const auto space = identifier(contract_.product);
    return fmt::format(
        "// What programs of {} may record, as {} declares it: made by\n"
        "// `candor contract generate --lang cpp`. Do not edit.\n"
        "// Contract {}\n"
        "// clang-format off\n"
        "#pragma once\n\n#include <candor/candor.hpp>\n\nnamespace {} {{\n\n{}"
        "// All of it; names are looked up when it is made. What begins goes on until it is "
        "completed.\n"
        "class Telemetry {{\n"
        " private:\n  candor::Telemetry telemetry_;\n\n"
        " public:\n"
        "  // `folder` is the agent's state folder; nullptr: the usual one.\n"
        "  explicit Telemetry(const char* folder = nullptr)\n"
        "      : telemetry_({}, folder){} {{}}\n\n{}"
        "  // From now on nothing is recorded.\n"
        "  void stop() const {{ telemetry_.stop(); }}\n\n"
        " private:\n{}}};\n\n}}  // namespace {}\n",
        comment(contract_.title), comment(file_name()), contract_.hash, space, types_,
        literal(contract_.product), made_of_, functions_, members_, space);
  }

 private:
  std::string file_name() const { return Path(contract_.file).filename().string(); }

  Status check_expiry() const {
    for (const auto& field : contract_.fields) {
      if (!is_expired(field, day_)) continue;
      return Error{
          ErrorKind::kBadData,
          fmt::format("{}:{}:{}: {} has expired: it was to be collected until {}. Take it out "
                      "of the contract, or give it another day. To build sources of an earlier "
                      "day: --as-of {}",
                      contract_.file, field.place.line, field.place.column, field.path,
                      format_day(*field.expires), format_day(*field.expires - 1))};
    }
    return Ok{};
  }

  Status add_counted(const Field& field) {
    const bool is_histogram = field.kind == FieldKind::kHistogram;
    const auto path = counted_name(field);
    const auto name = identifier(path);
    CANDOR_TRY(names_.add(name, field.path));
    const auto* const what = is_histogram ? "histogram" : "counter";
    functions_ += fmt::format("  // {}\n  candor::{} {};\n", comment(field.about),
                              is_histogram ? "Histogram" : "Counter", name);
    made_of_ += fmt::format(",\n        {}(telemetry_.{}({}))", name, what, literal(path));
    return Ok{};
  }

  std::vector<Member> members_of(std::size_t index) const {
    std::vector<Member> members;
    for (const auto& field : contract_.fields) {
      if (field.event != index) continue;
      const auto path = program_path(contract_.events[index], field);
      if (path)
        members.push_back({&field, std::string(*path), identifier(*path), type_of(field, *path)});
    }
    return members;
  }

  static std::string type_of(const Field& field, std::string_view path) {
    if (!field.values.empty()) return fmt::format("candor::Choice<{}>", type_name(path));
    switch (field.type) {
      case FieldType::kBoolean:
        return "candor::Boolean";
      case FieldType::kInteger:
        return "candor::Integer";
      case FieldType::kNumber:
        return "candor::Number";
      case FieldType::kTimestamp:
        return "candor::Moment";
      case FieldType::kString:
        break;
    }
    return field.privacy == PrivacyClass::kClear ? "candor::ClearText" : "candor::HashedText";
  }

  Status add_event(std::size_t index) {
    const auto& event = contract_.events[index];
    const auto type = type_name(event.name), function = identifier(event.name);
    CANDOR_TRY(types_taken_.add(type, event.name));
    const auto members = members_of(index);
    types_ += fmt::format("// {}\nstruct {} {{\n", comment(event.about), type);
    Names in_type;
    std::string texts;
    for (const auto& member : members) {
      CANDOR_TRY(in_type.add(member.name, fmt::format("{}: {}", event.name, member.path)));
      if (!member.field->values.empty()) CANDOR_TRY(add_enumeration(type, member, in_type, texts));
    }
    for (const auto& member : members)
      types_ += fmt::format("  {} {}{{}};  // {}\n", member.type, member.name,
                            comment(member.field->about));
    types_ += fmt::format("}};\n{}\n", texts);
    add_function(event, type, function, members);
    return Ok{};
  }

  Status add_enumeration(const std::string& type, const Member& member, Names& in_type,
                         std::string& texts) {
    const auto name = type_name(member.path);
    CANDOR_TRY(in_type.add(name, member.path));
    Names in_enumeration;
    std::string values, all;
    for (const auto& value : member.field->values) {
      CANDOR_TRY(in_enumeration.add(identifier(value), value));
      values += (values.empty() ? "" : ", ") + identifier(value);
      all += (all.empty() ? "" : ", ") + literal(value);
    }
    types_ += fmt::format("  enum class {} {{ {} }};\n", name, values);
    texts += fmt::format(
        "constexpr std::string_view text_of({0}::{1} value) {{\n"
        "  constexpr std::string_view texts[] = {{{2}}};\n"
        "  return texts[static_cast<std::size_t>(value)];\n}}\n",
        type, name, all);
    return Ok{};
  }

  void add_function(const DeclaredEvent& event, const std::string& type,
                    const std::string& function, const std::vector<Member>& members) {
    constexpr std::string_view kNext = ",\n        ";
    std::string given;
    made_of_ +=
        fmt::format(",\n        {0}_(telemetry_.event({1}))", function, literal(event.name));
    members_ += fmt::format("  candor::Event {}_;\n", function);
    if (!members.empty()) {
      std::string fields;
      for (std::size_t i = 0; i < members.size(); ++i) {
        fields += fmt::format("{}{}_.field({}).number()", kNext.substr(i == 0 ? 1 : 0), function,
                              literal(members[i].path));
        given += fmt::format("{}values.{}.as({}_fields_[{}])", kNext.substr(i == 0 ? 1 : 0),
                             members[i].name, function, i);
      }
      made_of_ += fmt::format(",\n        {}_fields_{{{}}}", function, fields);
      members_ += fmt::format("  std::uint32_t {}_fields_[{}];\n", function, members.size());
    }
    const auto* const parameter = members.empty() ? "" : " values";
    functions_ += event.is_run ? fmt::format(
                                     "  [[nodiscard]] candor::Run start(const {}&{}) const {{\n"
                                     "    return {}_.start({});\n  }}\n",
                                     type, parameter, function, given)
                               : fmt::format(
                                     "  candor_result record(const {}&{}) const {{\n"
                                     "    return {}_.record({});\n  }}\n",
                                     type, parameter, function, given);
  }

  const Contract& contract_;
  const std::int64_t day_;
  Names names_;        // of Telemetry
  Names types_taken_;  // of the namespace
  std::string types_, functions_, made_of_, members_;
};

}  // namespace

Result<std::string> to_cpp(const Contract& contract, std::int64_t day) {
  return CppWriter(contract, day).write();
}

}  // namespace candor
