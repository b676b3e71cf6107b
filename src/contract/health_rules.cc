#include "contract/health_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace candor {
namespace {

constexpr std::string_view kElement = "[]";

// What stands before the one list that a path goes through; the whole path has none.
std::string_view list_of(std::string_view path) {
  const auto at = path.find(kElement);
  return at == std::string_view::npos ? "" : path.substr(0, at);
}

class Rules {
 public:
  Rules(TomlTable& table, const Contract& contract, std::size_t event)
      : table_(table), contract_(contract), event_(contract.events[event]) {}

  // `takes` are the types that fit, `what` is how the message calls them.
  std::string path(std::string_view key, std::initializer_list<FieldType> takes,
                   std::string_view what) {
    auto path = table_.text(key);
    if (path.empty()) return path;
    const auto* found = field_at(contract_, event_, path);
    if (found == nullptr) {
      table_.reject(key, fmt::format("no field \"{}\" of this event is declared.", path));
      return path;
    }
    const auto& field = *found;
    if (std::ranges::find(takes, field.type) == takes.end())
      table_.reject(key, fmt::format("{} is {}, and \"{}\" is none.", key, what, path));
    if (field.privacy == PrivacyClass::kNever)
      table_.reject(key, fmt::format("\"{}\" is never sent, so nothing is made of it.", path));
    if (field.lookup) {
      table_.reject(key,
                    fmt::format("\"{}\" is for support alone (lookup): no figure shows it.", path));
    }
    check_lists(key, path);
    return path;
  }

 private:
  void check_lists(std::string_view key, std::string_view path) {
    const bool may = key == "name" || key == "version";
    if (path.find('*') != std::string_view::npos)
      table_.reject(key, fmt::format("\"{}\" is in an open map: name one field.", path));
    const auto lists = path.find(kElement) == path.rfind(kElement) ? list_of(path).size() : 0;
    if (list_of(path).empty() || (may && lists > 0)) return;
    table_.reject(key, may ? fmt::format("\"{}\" goes through more than one list.", path)
                           : fmt::format("\"{}\" is in a list: an event has one {}.", path, key));
  }

  TomlTable& table_;
  const Contract& contract_;
  const DeclaredEvent& event_;
};

}  // namespace

const Field* field_at(const Contract& contract, const DeclaredEvent& event, std::string_view path) {
  const auto steps = parse_path(path);
  const auto* node = steps.ok() ? event.schema.find(*steps) : nullptr;
  return node != nullptr && node->field ? &contract.fields[*node->field] : nullptr;
}

DeclaredHealth parse_health(TomlTable table, const Contract& contract, std::size_t event) {
  using enum FieldType;
  Rules rules(table, contract, event);
  DeclaredHealth health;
  health.name = rules.path("name", {kString}, "a string");
  if (health.name.empty())
    table.reject("name", "name is missing: which field says what the event is about?");
  health.version = rules.path("version", {kString}, "a string");
  if (!health.version.empty() && list_of(health.version) != list_of(health.name)) {
    table.reject("version", fmt::format("\"{}\" and \"{}\" are not in the same list.", health.name,
                                        health.version));
  }
  if (contract.events[event].is_run) {
    for (const auto* key : {"state", "run", "duration"}) {
      if (table.has(key))
        table.reject(key, fmt::format("a run says its {} itself: leave it out.", key));
    }
    health.state = kRunState;
    health.run = kRunId;
    health.duration = kRunDuration;
    return health;
  }
  health.state = rules.path("state", {kString}, "a string");
  health.run = rules.path("run", {kString}, "a string");
  health.duration = rules.path("duration", {kInteger, kNumber}, "a number");
  return health;
}

std::string parse_automation(TomlTable& table, const Contract& contract, std::size_t event) {
  if (!contract.events[event].is_run)
    return Rules(table, contract, event).path("automation", {FieldType::kBoolean}, "a boolean");
  if (table.has("automation"))
    table.reject("automation", "a run says its automation itself: leave it out.");
  return std::string(kRunAutomation);
}

}  // namespace candor
