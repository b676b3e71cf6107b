#include "agent/programs/seen.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "agent/programs/limits.h"
#include "contract/contract.h"
#include "library/layout.h"

namespace candor {
namespace {

constexpr int kFormat = 1;

std::string file_name() { return std::string(library::kFolder) + "/seen.json"; }

bool is_name(std::string_view text) { return text.size() <= kMaxSeenNameBytes; }

template <typename Plugin>
bool is_one(const Plugin& plugin) {
  return !plugin.event.empty() && !plugin.name.empty() && is_name(plugin.event) &&
         is_name(plugin.name) && is_name(plugin.version);
}

bool is_end(std::string_view state) { return state != kRunStates.front(); }
bool is_failure(std::string_view state) { return state == "failed" || state == "lost"; }

void add(SeenPlugin& plugin, const Sighting& sighting) {
  plugin.last = std::max(plugin.last, sighting.at);
  if (is_end(sighting.state)) ++plugin.runs;
  if (is_failure(sighting.state)) ++plugin.failed;
}

SeenPlugin plugin_of(const Json& json) {
  return {string_member(json, "event"),
          string_member(json, "name"),
          string_member(json, "version"),
          parse_rfc3339(string_member(json, "last")).value_or(Instant{}),
          count_member(json, "runs"),
          count_member(json, "failed")};
}

Json json_of(const SeenPlugin& plugin) {
  return {{"event", plugin.event},     {"name", plugin.name},
          {"version", plugin.version}, {"last", format_rfc3339(plugin.last)},
          {"runs", plugin.runs},       {"failed", plugin.failed}};
}

}  // namespace

std::vector<SeenPlugin> merge_seen(std::vector<SeenPlugin> seen, std::span<const Sighting> now) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, SeenPlugin> plugins;
  for (auto& plugin : seen) {
    if (is_one(plugin)) plugins[{plugin.event, plugin.name, plugin.version}] = plugin;
  }
  for (const auto& sighting : now) {
    if (!is_one(sighting)) continue;
    auto& plugin = plugins[{sighting.event, sighting.name, sighting.version}];
    std::tie(plugin.event, plugin.name, plugin.version) =
        std::tie(sighting.event, sighting.name, sighting.version);
    add(plugin, sighting);
  }
  std::vector<SeenPlugin> merged;
  for (auto& [key, plugin] : plugins) merged.push_back(std::move(plugin));
  std::ranges::stable_sort(merged, std::greater(), &SeenPlugin::last);
  if (merged.size() > kMaxSeenPlugins) merged.resize(kMaxSeenPlugins);
  return merged;
}

std::vector<SeenPlugin> read_seen(const StateFolder& state) {
  const auto json = state.read_json(file_name());
  std::vector<SeenPlugin> seen;
  if (!json.ok() || integer_member(*json, "format") != kFormat) return seen;
  const auto* list = find_member(*json, "seen");
  if (list == nullptr || !list->is_array()) return seen;
  for (const auto& one : *list) seen.push_back(plugin_of(one));
  return merge_seen(std::move(seen), {});
}

Status add_seen(const StateFolder& state, std::span<const Sighting> now) {
  if (now.empty()) return Ok{};
  auto list = Json::array();
  for (const auto& plugin : merge_seen(read_seen(state), now)) list.push_back(json_of(plugin));
  CANDOR_TRY(state.make(library::kFolder));
  return state.write(file_name(), to_pretty({{"format", kFormat}, {"seen", std::move(list)}}));
}

Status remove_seen(const StateFolder& state) { return state.remove(file_name()); }

}  // namespace candor
