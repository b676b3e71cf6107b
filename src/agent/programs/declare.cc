#include "agent/programs/declare.h"

#include <fmt/format.h>

#include <algorithm>

#include "contract/check.h"
#include "contract/program_fields.h"
#include "library/layout.h"

namespace candor {
namespace {

bool is_one_part(std::string_view text) {
  return !text.empty() && text.find_first_of("\t\n") == std::string_view::npos;
}

std::string bound_text(const std::optional<double>& bound) {
  return bound ? fmt::format("{}", *bound) : "";
}

std::string_view class_word(const Field& field) {
  if (field.privacy == PrivacyClass::kHashed) return name_of(field.hash);
  return name_of(field.privacy);
}

class Declarer {
 public:
  Declarer(const Contract& contract, const ConsentedFields* fields, const ChannelSet& channels,
           Instant now)
      : contract_(contract), fields_(fields), channels_(channels), today_(day_of(now)) {}

  ProgramDeclarations declare() {
    made_.text = fmt::format("product\t{}\ncontract\t{}\n", contract_.product, contract_.hash);
    for (const auto& field : contract_.fields) {
      if (!field.event) add_counted(field);
    }
    for (std::size_t i = 0; i < contract_.events.size(); ++i) add_event(i);
    add_crashes();
    return std::move(made_);
  }

 private:
  void add(std::string_view line, bool may_leave) {
    made_.text.append(line).append("\n");
    made_.flags.push_back(may_leave ? 1 : 0);
  }

  bool may_leave(const Field& field) const {
    return fields_ != nullptr && channels_.contains(contract_.channels[field.channel].name) &&
           fields_->allows(contract_, field) && !is_expired(field, today_);
  }

  void add_counted(const Field& field) {
    if (field.kind == FieldKind::kValue || !is_one_part(field.path)) return;
    auto line = fmt::format("{}\t{}", field.kind == FieldKind::kCounter ? "counter" : "histogram",
                            counted_name(field));
    for (const auto& bound : field.bounds) line.append("\t").append(bound);
    add(line, may_leave(field));
  }

  // A crash without a number counts nowhere.
  void add_crashes() {
    if (!contract_.collects(CollectorKind::kCrashes)) return;
    const auto number = std::ranges::find(contract_.fields, "program_crashes[].id", &Field::path);
    if (number != contract_.fields.end())
      add(fmt::format("crashes\t{}", library::kCrashList), may_leave(*number));
  }

  void add_event(std::size_t index) {
    const auto& event = contract_.events[index];
    if (!is_one_part(event.name)) return;
    const bool may = fields_ != nullptr &&
                     channels_.contains(contract_.channels[event.channel].name) &&
                     fields_->allows(contract_, event) && may_tell_run(index);
    add(fmt::format("{}\t{}", event.is_run ? "run" : "event", event.name), may);
    for (const auto& field : contract_.fields) {
      if (field.event == index) add_field(event, field);
    }
    // What cannot be answered is not asked.
    if (event.survey) {
      const auto& ask = *event.survey;
      add(fmt::format("survey\t{}\t{}\t{}\t{}\t{}", ask.activity, ask.scale, ask.after, ask.share,
                      ask.question),
          may && may_leave(contract_.fields[*event.schema.root().member(kAnswerField)->field]));
    }
  }

  // Of a run each time is told which it is and how it stands.
  bool may_tell_run(std::size_t index) const {
    const auto& event = contract_.events[index];
    return !event.is_run || std::ranges::all_of(contract_.fields, [&](const Field& field) {
      return field.event != index || !is_of_run(event, field) || may_leave(field);
    });
  }

  void add_field(const DeclaredEvent& event, const Field& field) {
    const auto path = program_path(event, field);
    if (!path || !is_one_part(*path) || !std::ranges::all_of(field.values, is_one_part)) return;
    const bool is_text = field.type == FieldType::kString;
    auto line = fmt::format("field\t{}\t{}\t{}\t{}\t{}\t{}", *path, name_of(field.type),
                            class_word(field), bound_text(field.min), bound_text(field.max),
                            is_text ? fmt::format("{}", field.max_length) : "");
    for (const auto& value : field.values) line.append("\t").append(value);
    add(line, may_leave(field));
  }

  const Contract& contract_;
  const ConsentedFields* const fields_;
  const ChannelSet& channels_;
  const std::int64_t today_;
  ProgramDeclarations made_;
};

}  // namespace

ProgramDeclarations declare_to_programs(const Contract& contract, const ConsentedFields* fields,
                                        const ChannelSet& channels, Instant now) {
  return Declarer(contract, fields, channels, now).declare();
}

}  // namespace candor
