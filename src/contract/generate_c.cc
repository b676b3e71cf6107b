#include <fmt/format.h>

#include <algorithm>

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

// C has no scopes for names: each begins with the product's, and what it is of.
template <typename... Parts>
std::string joined(const Parts&... parts) {
  std::string all;
  ((all.append(all.empty() ? "" : ".").append(parts)), ...);
  return identifier(all);
}

class CWriter {
 public:
  CWriter(const Contract& contract, std::int64_t day)
      : contract_(contract), day_(day), product_(identifier(contract.product)) {}

  Result<std::string> write() {
    CANDOR_TRY(generated::check_expiry(contract_, day_));
    CANDOR_TRY(names_.add(named("start"), contract_.product));
    CANDOR_TRY(names_.add(named("stop"), contract_.product));
    for (const auto& field : contract_.fields) {
      if (!field.event && field.kind != FieldKind::kValue) CANDOR_TRY(add_counted(field));
    }
    for (std::size_t i = 0; i < contract_.events.size(); ++i) CANDOR_TRY(add_event(i));
    return text();
  }

 private:
  template <typename... Parts>
  std::string named(const Parts&... parts) const {
    return joined(contract_.product, parts...);
  }

  std::string text() const {
    auto guard = fmt::format("CANDOR_GENERATED_{}_H", product_);
    std::ranges::transform(guard, guard.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return fmt::format(
        "// What programs of {} may record, as {} declares it: made by\n"
        "// `candor contract generate --lang c`. Do not edit.\n"
        "// Contract {}\n"
        "// clang-format off\n"
        "#ifndef {}\n#define {}\n\n{}#include <candor/values.h>\n\n{}"
        "// All of it. `telemetry` is for what takes a candor_telemetry.\n"
        "struct {} {{\n  candor_telemetry *telemetry;\n{}}};\n\n"
        "// Names are looked up here, once. `folder` is the agent's state folder; NULL: the usual "
        "one.\n"
        "static inline struct {} {}(const char *folder) {{\n"
        "  const candor_options options = {{sizeof options, {}, folder}};\n"
        "  struct {} all;\n"
        "  all.telemetry = candor_start(&options);\n{}"
        "  return all;\n}}\n"
        "// From now on nothing is recorded.\n"
        "static inline void {}(const struct {} *all) {{\n"
        "  candor_stop(all->telemetry);\n}}\n{}\n#endif\n",
        comment(contract_.title), comment(Path(contract_.file).filename().string()), contract_.hash,
        guard, guard, generated::has_surveys(contract_) ? "#include <candor/survey.h>\n" : "",
        types_, product_, members_, product_, named("start"), literal(contract_.product), product_,
        made_of_, named("stop"), product_, functions_);
  }

  Status add_counted(const Field& field) {
    const bool is_histogram = field.kind == FieldKind::kHistogram;
    const auto path = counted_name(field);
    const auto name = identifier(path);
    const auto function = named(is_histogram ? "observe" : "add", path);
    CANDOR_TRY(names_.add(function, field.path));
    CANDOR_TRY(members_taken_.add(name, field.path));
    const auto* const what = is_histogram ? "histogram" : "counter";
    members_ += fmt::format("  candor_{} {};  // {}\n", what, name, comment(field.about));
    made_of_ +=
        fmt::format("  all.{} = candor_find_{}(all.telemetry, {});\n", name, what, literal(path));
    functions_ += fmt::format(
        "// {}\nstatic inline void {}(const struct {} *all, {}) {{\n"
        "  candor_{}(all->telemetry, {}all->{}, {});\n}}\n",
        comment(field.about), function, product_, is_histogram ? "double value" : "uint64_t count",
        is_histogram ? "observe" : "add", is_histogram ? "&" : "", name,
        is_histogram ? "value" : "count");
    return Ok{};
  }

  // What comes behind struct, or candor_.
  static std::string_view kind_of(const Field& field) {
    switch (field.type) {
      case FieldType::kBoolean:
        return "yes_or_no";
      case FieldType::kInteger:
        return "whole_number";
      case FieldType::kNumber:
        return "real_number";
      case FieldType::kTimestamp:
        return "moment";
      case FieldType::kString:
        break;
    }
    return field.privacy == PrivacyClass::kClear ? "clear_text" : "hashed_text";
  }

  Status add_event(std::size_t index) {
    const auto& event = contract_.events[index];
    const auto name = identifier(event.name);
    const auto type = named(event.name);
    const auto function = named(event.is_run ? "begin" : "record", event.name);
    CANDOR_TRY(types_taken_.add(type, event.name));
    CANDOR_TRY(names_.add(function, event.name));
    CANDOR_TRY(members_taken_.add(name, event.name));
    const auto members = generated::members_of(contract_, index);
    if (!members.empty()) CANDOR_TRY(members_taken_.add(name + "_fields", event.name));
    Names in_type;
    std::string fields;
    for (const auto& member : members) {
      CANDOR_TRY(in_type.add(member.name, fmt::format("{}: {}", event.name, member.path)));
      const bool is_listed = !member.field->values.empty();
      const auto listed = named(event.name, member.path);
      if (is_listed) CANDOR_TRY(add_listed(event, member));
      fields += fmt::format(
          "  {} {};  // {}\n",
          is_listed ? "struct " + listed : fmt::format("candor_{}", kind_of(*member.field)),
          member.name, comment(member.field->about));
    }
    types_ += fmt::format("// {}\n", comment(event.about));
    if (!members.empty()) types_ += fmt::format("struct {} {{\n{}}};\n", type, fields);
    types_ += "\n";
    add_function(event, type, function, members);
    return event.survey ? add_survey(event) : Ok{};
  }

  Status add_survey(const DeclaredEvent& event) {
    const auto name = identifier(event.name) + "_survey";
    const auto function = named("should_ask", event.name);
    CANDOR_TRY(names_.add(function, event.name));
    CANDOR_TRY(members_taken_.add(name, event.name));
    members_ += fmt::format("  candor_survey {};  // {}\n", name, comment(event.survey->question));
    made_of_ += fmt::format("  all.{} = candor_find_survey(all.telemetry, {});\n", name,
                            literal(event.survey->activity));
    functions_ += fmt::format(
        "// Whether to ask now: {}\n"
        "static inline int {}(const struct {} *all, const char *product_version) {{\n"
        "  return candor_should_ask(all->telemetry, &all->{}, product_version);\n}}\n",
        comment(event.survey->question), function, product_, name);
    return Ok{};
  }

  // A structure of its own: of C's enumerations any number is one, and any other's value.
  Status add_listed(const DeclaredEvent& event, const Member& member) {
    const auto listed = named(event.name, member.path);
    CANDOR_TRY(types_taken_.add(listed, member.path));
    types_ += fmt::format("struct {} {{ const char *text; }};\n", listed);
    for (const auto& value : member.field->values) {
      const auto name = named(event.name, member.path, value);
      CANDOR_TRY(names_.add(name, value));
      types_ += fmt::format("static const struct {} {} = {{{}}};\n", listed, name, literal(value));
    }
    return Ok{};
  }

  void add_function(const DeclaredEvent& event, const std::string& type,
                    const std::string& function, const std::vector<Member>& members) {
    const auto name = identifier(event.name);
    members_ += fmt::format("  uint32_t {};\n", name);
    made_of_ += fmt::format("  all.{} = candor_find_event(all.telemetry, {});\n", name,
                            literal(event.name));
    std::string given;
    if (!members.empty())
      members_ += fmt::format("  uint32_t {}_fields[{}];\n", name, members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& member = members[i];
      made_of_ +=
          fmt::format("  all.{0}_fields[{1}] = candor_find_field(all.telemetry, all.{0}, {2});\n",
                      name, i, literal(member.path));
      // By its address: what a moment is as text stays where the values are.
      const bool is_listed = !member.field->values.empty();
      given += fmt::format("    candor_{}(all->{}_fields[{}], {}values.{}{}),\n",
                           is_listed ? "text" : fmt::format("of_{}", kind_of(*member.field)), name,
                           i, is_listed ? "" : "&", member.name, is_listed ? ".text" : "");
    }
    const auto values = members.empty() ? "" : fmt::format(", struct {} values", type);
    const auto all_given =
        members.empty() ? "" : fmt::format("  const candor_value given[] = {{\n{}  }};\n", given);
    const auto list =
        members.empty() ? std::string("NULL, 0") : fmt::format("given, {}", members.size());
    functions_ += fmt::format(
        "// {}\nstatic inline candor_result {}(const struct {} *all{}{}) {{\n{}"
        "  return candor_{}(all->telemetry, all->{}, {}{});\n}}\n",
        comment(event.about), function, product_, values, event.is_run ? ", candor_run *run" : "",
        all_given, event.is_run ? "begin" : "record", name, list, event.is_run ? ", run" : "");
  }

  const Contract& contract_;
  const std::int64_t day_;
  const std::string product_;
  Names names_;                                    // of functions and values
  Names types_taken_{product_};                    // of structures
  Names members_taken_{std::string("telemetry")};  // of the product's structure
  std::string types_, members_, made_of_, functions_;
};

}  // namespace

Result<std::string> to_c(const Contract& contract, std::int64_t day) {
  return CWriter(contract, day).write();
}

}  // namespace candor
