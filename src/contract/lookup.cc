#include "contract/lookup.h"

#include <algorithm>

#include "base/json.h"

namespace candor {
namespace {

// `path` has keys only.
const Json* at(const Json& document, std::string_view path) {
  const auto steps = parse_path(path);
  if (!steps.ok()) return nullptr;
  const Json* value = &document;
  for (const auto& step : *steps) {
    if (!value->is_object()) return nullptr;
    value = find_member(*value, step.key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

}  // namespace

bool has_lookup(const Contract& contract) {
  return std::ranges::any_of(contract.fields, &Field::lookup);
}

std::vector<std::string> lookup_values(const Contract& contract, std::string_view event,
                                       std::string_view body) {
  std::vector<std::string> paths;
  for (const auto& field : contract.fields) {
    if (!field.lookup) continue;
    if (!field.event && event.empty()) paths.push_back(field.path);
    if (!field.event || contract.events[*field.event].name != event) continue;
    paths.push_back(field.path.substr(path_in_event(event, "").size()));
  }
  std::vector<std::string> values;
  if (paths.empty()) return values;
  const auto document = parse_json(body);
  if (!document.ok()) return values;
  for (const auto& path : paths) {
    const auto* value = at(*document, path);
    if (value == nullptr || !value->is_string()) continue;
    auto text = value->get<std::string>();
    if (!text.empty() && std::ranges::find(values, text) == values.end())
      values.push_back(std::move(text));
  }
  return values;
}

}  // namespace candor
