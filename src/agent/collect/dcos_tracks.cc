#include "agent/collect/dcos_tracks.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace candor {
namespace {

constexpr std::string_view kOwnUnits = "dcos-";
constexpr double kLargestExact = 9'007'199'254'740'992.0;  // 2^53

Error no_answer(std::string_view what) {
  return Error{ErrorKind::kBadData, fmt::format("the answer is {}", what)};
}

// A member by its name in any case: the diagnostics service's Go structures are written both ways.
const Json* any_case(const Json& json, std::string_view key) {
  if (!json.is_object()) return nullptr;
  for (const auto& [name, value] : json.items()) {
    if (name.size() == key.size() && ::strncasecmp(name.data(), key.data(), key.size()) == 0)
      return &value;
  }
  return nullptr;
}

std::string text_of(const Json* json) {
  return json != nullptr && json->is_string() ? json->get<std::string>() : std::string();
}

// Mesos writes every figure as 8.0; the signal service, and so the track, as 8.
Json plain_number(const Json& json) {
  const auto value = json.get<double>();
  if (std::trunc(value) != value || std::abs(value) > kLargestExact) return value;
  return static_cast<std::int64_t>(value);
}

std::string unit_key(std::string name, std::string_view what) {
  std::ranges::replace(name, '.', '-');
  return fmt::format("health-unit-{}-{}", name, what);
}

// A node says a unit is unhealthy by an output, or by the unit's own health among its units.
bool is_unhealthy(const Json& node, const std::string& unit) {
  const auto* output = any_case(node, "output");
  if (output != nullptr) {
    const auto* said = output->is_object() ? find_member(*output, unit) : output;
    if (!text_of(said).empty()) return true;
  }
  const auto* units = any_case(node, "units");
  if (units == nullptr || !units->is_array()) return false;
  return std::ranges::any_of(*units, [&](const Json& one) {
    const auto* health = any_case(one, "health");
    const auto* name = any_case(one, "unitname");
    return text_of(name) == unit && health != nullptr && health->is_number_integer() &&
           *health != 0;
  });
}

}  // namespace

Json make_track(std::string_view event, TrackProperties properties, const DcosFacts& facts,
                std::string_view source) {
  properties["clusterId"] = facts.cluster_id;
  properties["customerKey"] = facts.customer_key;
  properties["environmentVersion"] = facts.version;
  properties["provider"] = facts.provider;
  properties["source"] = source;
  properties["variant"] = facts.variant;
  if (!facts.license_id.empty()) properties["licenseId"] = facts.license_id;
  if (!facts.platform.empty()) properties["platform"] = facts.platform;
  Json sorted = Json::object();
  for (auto& [key, value] : properties) sorted[key] = std::move(value);
  return {{"properties", std::move(sorted)},
          {"anonymousId", facts.cluster_id},
          {"event", std::string(event)}};
}

Result<TrackProperties> cosmos_properties(const Json& answer) {
  const auto* packages = any_case(answer, "packages");
  if (packages == nullptr || !packages->is_array()) return no_answer("no list of packages");
  Json list = Json::array();
  for (const auto& package : *packages) {
    const auto* information = any_case(package, "packageinformation");
    const auto* definition =
        information == nullptr ? nullptr : any_case(*information, "packagedefinition");
    if (definition == nullptr || text_of(any_case(*definition, "name")).empty())
      return no_answer("a list of something else than packages");
    list.push_back({{"appId", text_of(any_case(package, "appid"))},
                    {"packageInformation",
                     {{"packageDefinition",
                       {{"name", text_of(any_case(*definition, "name"))},
                        {"version", text_of(any_case(*definition, "version"))}}}}}});
  }
  return TrackProperties{{"package_list", std::move(list)}};
}

Result<TrackProperties> mesos_properties(const Json& answer) {
  // The track's names, and Mesos's.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kMetrics{{
      {"agents_active", "master/slaves_active"},
      {"agents_connected", "master/slaves_connected"},
      {"cpu_total", "master/cpus_total"},
      {"cpu_used", "master/cpus_used"},
      {"disk_total", "master/disk_total"},
      {"disk_used", "master/disk_used"},
      {"framework_count", "master/frameworks_active"},
      {"mem_total", "master/mem_total"},
      {"mem_used", "master/mem_used"},
      {"task_count", "master/tasks_running"},
  }};
  const auto* frameworks = find_member(answer, "frameworks");
  if (frameworks == nullptr || !frameworks->is_array()) return no_answer("no list of frameworks");
  TrackProperties properties;
  for (const auto& [name, theirs] : kMetrics) {
    const auto* value = find_member(answer, theirs);
    if (value == nullptr || !value->is_number())
      return no_answer(fmt::format("without the metric {}", theirs));
    properties[std::string(name)] = plain_number(*value);
  }
  Json names = Json::array();
  for (const auto& framework : *frameworks) {
    const auto name = string_member(framework, "name");
    if (name.empty()) return no_answer("a list of something else than frameworks");
    names.push_back({{"name", name}});
  }
  properties["frameworks"] = std::move(names);
  return properties;
}

Result<TrackProperties> diagnostics_properties(const Json& answer) {
  const auto* units = any_case(answer, "units");
  if (units == nullptr || !units->is_object()) return no_answer("no report of units");
  TrackProperties properties;
  for (const auto& [key, unit] : units->items()) {
    const auto* nodes = any_case(unit, "nodes");
    if (nodes == nullptr || !(nodes->is_array() || nodes->is_null()))
      return no_answer("a report of something else than units");
    auto name = text_of(any_case(unit, "unitname"));
    if (name.empty()) name = key;
    properties[unit_key(name, "total")] = nodes->size();
    properties[unit_key(name, "unhealthy")] =
        std::ranges::count_if(*nodes, [&](const Json& node) { return is_unhealthy(node, name); });
  }
  return properties;
}

TrackProperties unit_properties(const UnitList& units) {
  TrackProperties properties;
  for (const auto& unit : units) {
    if (!unit.name.starts_with(kOwnUnits)) continue;
    properties[unit_key(unit.name, "total")] = 1;
    properties[unit_key(unit.name, "unhealthy")] = unit.active == "failed" ? 1 : 0;
  }
  return properties;
}

TrackProperties unit_totals(const UnitList& units) {
  const auto totals = count_units(units);
  TrackProperties properties{{"services_running", totals.services_running},
                             {"services_active", totals.services_active}};
  if (totals.tasks_running) properties["tasks_running"] = *totals.tasks_running;
  return properties;
}

}  // namespace candor
