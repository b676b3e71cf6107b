#include <fmt/format.h>

#include "contract/generate.h"
#include "contract/generated_names.h"
#include "contract/program_fields.h"

namespace candor {
namespace {

using generated::comment;
using generated::identifier;
using generated::literal;
using generated::Member;
using generated::Names;
using generated::type_name;

class CppWriter {
 public:
  CppWriter(const Contract& contract, std::int64_t day) : contract_(contract), day_(day) {}

  Result<std::string> write() {
    CANDOR_TRY(generated::check_expiry(contract_, day_));
    for (const auto& field : contract_.fields) {
      if (!field.event && field.kind != FieldKind::kValue) CANDOR_TRY(add_counted(field));
    }
    // Before the events, which are declared below them.
    for (const auto& event : contract_.events) {
      if (event.survey) CANDOR_TRY(add_survey(event));
    }
    for (std::size_t i = 0; i < contract_.events.size(); ++i) CANDOR_TRY(add_event(i));
    const auto space = identifier(contract_.product);
    return fmt::format(
        "// What programs of {} may record, as {} declares it: made by\n"
        "// `candor contract generate --lang cpp`. Do not edit.\n"
        "// Contract {}\n"
        "// clang-format off\n"
        "#pragma once\n\n#include <candor/candor.hpp>\n{}\nnamespace {} {{\n\n{}"
        "// All of it; names are looked up when it is made. What begins goes on until it is "
        "completed.\n"
        "class Telemetry {{\n"
        " private:\n  candor::Telemetry telemetry_;\n\n"
        " public:\n"
        "  // `folder` is the agent's state folder; nullptr: the usual one.\n"
        "  explicit Telemetry(const char* folder = nullptr)\n"
        "      : telemetry_({}, folder){} {{}}\n\n{}"
        "  // For what takes a candor_telemetry.\n"
        "  candor_telemetry* get() const {{ return telemetry_.get(); }}\n"
        "  // What is known of a plugin that is about to run.\n"
        "  candor::Advice advise(const char* event, const char* name, const char* version) const "
        "{{\n"
        "    return telemetry_.advise(event, name, version);\n"
        "  }}\n"
        "  // From now on nothing is recorded.\n"
        "  void stop() const {{ telemetry_.stop(); }}\n\n"
        " private:\n{}}};\n\n}}  // namespace {}\n",
        comment(contract_.title), comment(file_name()), contract_.hash,
        generated::has_surveys(contract_) ? "#include <candor/survey.hpp>\n" : "", space, types_,
        literal(contract_.product), made_of_, functions_, members_, space);
  }

 private:
  std::string file_name() const { return Path(contract_.file).filename().string(); }

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

  Status add_survey(const DeclaredEvent& event) {
    const auto name = identifier(event.name) + "_survey";
    CANDOR_TRY(names_.add(name, event.name));
    functions_ += fmt::format("  // Whether to ask: {}\n  candor::Survey {};\n",
                              comment(event.survey->question), name);
    made_of_ +=
        fmt::format(",\n        {}(telemetry_.get(), {})", name, literal(event.survey->activity));
    return Ok{};
  }

  // Of the values of a field: another name than the field's.
  static std::string enumeration_name(const Member& member) {
    const auto name = type_name(member.path);
    return name == member.name ? name + "Value" : name;
  }

  static std::string type_of(const Member& member) {
    const auto& field = *member.field;
    if (!field.values.empty()) return fmt::format("candor::Choice<{}>", enumeration_name(member));
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
    const auto members = generated::members_of(contract_, index);
    CANDOR_TRY(names_.add(function + "_", event.name));
    if (!members.empty()) CANDOR_TRY(names_.add(function + "_fields_", event.name));
    types_ += fmt::format("// {}\nstruct {} {{\n", comment(event.about), type);
    Names in_type{type};
    std::string texts;
    for (const auto& member : members) {
      CANDOR_TRY(in_type.add(member.name, fmt::format("{}: {}", event.name, member.path)));
      if (!member.field->values.empty()) CANDOR_TRY(add_enumeration(type, member, in_type, texts));
    }
    for (const auto& member : members)
      types_ += fmt::format("  {} {}{{}};  // {}\n", type_of(member), member.name,
                            comment(member.field->about));
    types_ += fmt::format("}};\n{}\n", texts);
    add_function(event, type, function, members);
    return Ok{};
  }

  Status add_enumeration(const std::string& type, const Member& member, Names& in_type,
                         std::string& texts) {
    const auto name = enumeration_name(member);
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
  Names names_{"Telemetry", "telemetry_", "record", "start", "get", "advise"};  // of Telemetry
  Names types_taken_{"Telemetry"};                                              // of the namespace
  std::string types_, functions_, made_of_, members_;
};

}  // namespace

Result<std::string> to_cpp(const Contract& contract, std::int64_t day) {
  return CppWriter(contract, day).write();
}

}  // namespace candor
