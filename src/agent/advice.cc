#include "agent/advice.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "library/limits.h"

namespace candor {
namespace {

using Key = std::tuple<std::string_view, std::string_view, std::string_view>;

template <typename Plugin>
Key key_of(const Plugin& plugin) {
  return {plugin.event, plugin.name, plugin.version};
}

}  // namespace

Advice match(const InsightsBundle& bundle, std::span<const SeenPlugin> seen,
             std::span<const LocalCrash> crashes) {
  std::map<Key, const PluginInsight*> troubled;
  for (const auto& plugin : bundle.plugins) {
    if (plugin.verdict != kHealthy) troubled.emplace(key_of(plugin), &plugin);
  }
  std::map<std::string_view, const CrashInsight*> mended;
  for (const auto& crash : bundle.crashes) mended.emplace(crash.signature, &crash);
  Advice advice;
  for (const auto& plugin : seen) {
    const auto found = troubled.find(key_of(plugin));
    if (found != troubled.end()) advice.plugins.push_back({*found->second, plugin});
  }
  for (const auto& crash : crashes) {
    const auto found = mended.find(crash.signature);
    if (found != mended.end()) advice.crashes.push_back({*found->second, crash});
  }
  std::ranges::stable_sort(advice.plugins, [](const PluginAdvice& a, const PluginAdvice& b) {
    const bool a_fails = a.known.verdict == kFailing;
    const bool b_fails = b.known.verdict == kFailing;
    return a_fails != b_fails ? a_fails : a.here.last > b.here.last;
  });
  std::ranges::stable_sort(advice.crashes, std::greater(),
                           [](const CrashAdvice& crash) { return crash.here.last; });
  return advice;
}

bool is_old(const InsightsBundle& bundle, Instant now) {
  return now - *parse_rfc3339(bundle.made) > library::kMaxAdviceAge;
}

std::vector<LocalCrash> local_crashes(const Json& collected) {
  std::map<std::tuple<std::string, std::string, std::string>, LocalCrash> groups;
  const auto* records = find_member(collected, "program_crashes");
  if (records == nullptr || !records->is_array()) return {};
  for (const auto& record : *records) {
    const LocalCrash crash{string_member(record, "signature"), string_member(record, "program"),
                           string_member(record, "version"), string_member(record, "signal"),
                           parse_rfc3339(string_member(record, "time")).value_or(Instant{})};
    const auto [group, is_new] =
        groups.try_emplace({crash.signature, crash.program, crash.version}, crash);
    if (is_new) continue;
    ++group->second.times;
    if (crash.last < group->second.last) continue;
    group->second.last = crash.last;
    group->second.signal = crash.signal;
  }
  std::vector<LocalCrash> crashes;
  for (auto& [key, crash] : groups) crashes.push_back(std::move(crash));
  std::ranges::stable_sort(crashes, std::greater(), &LocalCrash::last);
  return crashes;
}

std::vector<library::AdviceLine> advice_lines(const InsightsBundle& bundle) {
  std::vector<library::AdviceLine> lines;
  for (const auto& plugin : bundle.plugins) {
    const auto verdict = library::verdict_of(plugin.verdict);
    if (!verdict) continue;
    lines.push_back(
        {plugin.event, plugin.name, plugin.version, *verdict, plugin.better, plugin.rule});
  }
  return lines;
}

}  // namespace candor
