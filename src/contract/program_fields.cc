#include "contract/program_fields.h"

#include <algorithm>

namespace candor {
namespace {

// Without the event's name.
std::string_view path_within(const DeclaredEvent& event, const Field& field) {
  return std::string_view(field.path).substr(path_in_event(event.name, "").size());
}

}  // namespace

bool is_of_run(const DeclaredEvent& event, const Field& field) {
  const auto path = path_within(event, field);
  return event.is_run &&
         (path == kRunId || path == kRunState || path == kRunDuration || path == kRunAutomation);
}

std::optional<std::string_view> program_path(const DeclaredEvent& event, const Field& field) {
  const auto path = path_within(event, field);
  const bool is_in_many = path.find_first_of("[*") != std::string_view::npos;
  if (is_in_many || field.privacy == PrivacyClass::kNever || is_of_run(event, field))
    return std::nullopt;
  return path;
}

std::string_view counted_name(const Field& field) {
  std::string_view name = field.path;
  if (field.kind == FieldKind::kHistogram) name.remove_suffix(std::string_view(".*").size());
  return name;
}

bool has_counted_fields(const Contract& contract) {
  return std::ranges::any_of(contract.fields,
                             [](const Field& field) { return field.kind != FieldKind::kValue; });
}

}  // namespace candor
