#include "contract/difference.h"

#include <fmt/format.h>

#include <map>

#include "contract/check.h"

namespace candor {
namespace {

using FieldsByPath = std::map<std::string_view, const Field*>;

FieldsByPath fields_that_leave(const Contract& contract) {
  FieldsByPath fields;
  for (const auto& field : contract.fields) {
    if (field.privacy != PrivacyClass::kNever) fields.emplace(field.path, &field);
  }
  return fields;
}

const std::string& channel_of(const Contract& contract, const Field& field) {
  return contract.channels[field.channel].name;
}

std::vector<std::string> changes_between(const Contract& older, const Field& was,
                                         const Contract& newer, const Field& is) {
  std::vector<std::string> changes;
  const auto look = [&](std::string_view what, std::string_view before, std::string_view now) {
    if (before != now) changes.push_back(fmt::format("{} was {}, is {}", what, before, now));
  };
  look("channel", channel_of(older, was), channel_of(newer, is));
  look("type", name_of(was.type), name_of(is.type));
  look("class", class_text(was), class_text(is));
  look("purpose", name_of(was.purpose), name_of(is.purpose));
  for (const auto& name :
       newly_taken(names_beside_stars(older, was), names_beside_stars(newer, is)))
    changes.push_back(fmt::format("takes {} too, which was declared apart", name));
  return changes;
}

}  // namespace

std::vector<FieldChange> compare(const Contract& older, const Contract& newer) {
  const auto before = fields_that_leave(older);
  const auto now = fields_that_leave(newer);
  std::vector<FieldChange> found;
  for (const auto& field : newer.fields) {
    if (!now.contains(field.path)) continue;
    const auto was = before.find(field.path);
    if (was == before.end()) {
      found.push_back({FieldChange::Kind::kNew, &field, channel_of(newer, field)});
      continue;
    }
    auto changes = changes_between(older, *was->second, newer, field);
    if (changes.empty()) continue;
    found.push_back(
        {FieldChange::Kind::kChanged, &field, channel_of(newer, field), std::move(changes)});
  }
  for (const auto& field : older.fields) {
    if (before.contains(field.path) && !now.contains(field.path))
      found.push_back({FieldChange::Kind::kGone, &field, channel_of(older, field)});
  }
  return found;
}

std::string_view name_of(FieldChange::Kind kind) {
  switch (kind) {
    case FieldChange::Kind::kNew:
      return "new";
    case FieldChange::Kind::kChanged:
      return "changed";
    case FieldChange::Kind::kGone:
      break;
  }
  return "gone";
}

}  // namespace candor
