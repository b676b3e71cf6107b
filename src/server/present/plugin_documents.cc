#include "server/present/plugin_documents.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "contract/limits.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

constexpr int kSchemaVersion = 1;

Json document_for(const Contract& contract, const PluginHealth& health) {
  const bool computed = health.made != Instant();
  const auto today = day_of(health.made);
  Json days = Json::array();
  for (auto day = today - kHealthDays + 1; computed && day <= today; ++day)
    days.push_back(format_day(day));
  return {{"schema_version", kSchemaVersion},
          {"product", contract.product},
          {"made", computed ? Json(format_rfc3339(health.made)) : Json(nullptr)},
          {"window_days", kHealthDays},
          {"installations", health.installations},
          {"engaged", health.engaged},
          {"automation", health.automation},
          {"days", std::move(days)}};
}

Json figures_json(const HealthFigures& figures) {
  const auto& runs = figures.runs;
  const auto or_null = [](const std::optional<std::uint64_t>& ms) {
    return ms ? Json(*ms) : Json(nullptr);
  };
  return {{"installations", figures.installations},
          {"engaged", figures.engaged},
          {"started", runs.ended() + runs.running},
          {"running", runs.running},
          {"ended", runs.ended()},
          {"completed", runs.completed},
          {"failed", runs.failed},
          {"aborted", runs.aborted},
          {"lost", runs.lost},
          {"success", runs.ended() == 0 ? Json(nullptr) : Json(runs.success())},
          {"median_ms", or_null(figures.median_ms)},
          {"p95_ms", or_null(figures.p95_ms)}};
}

// A value for each day of the window, 0 where nothing ran.
Json days_json(const PluginHealth& health, const std::vector<const HealthOfVersion*>& versions) {
  const auto first = day_of(health.made) - kHealthDays + 1;
  std::vector<HealthDay> sums(kHealthDays);
  for (const auto* version : versions) {
    for (const auto& day : version->days) {
      const auto place = day.day - first;
      if (place < 0 || place >= kHealthDays) continue;
      auto& sum = sums[static_cast<std::size_t>(place)];
      sum.runs += day.runs;
      sum.completed += day.completed;
      sum.installations += day.installations;
    }
  }
  Json json = {{"runs", Json::array()}, {"success", Json::array()}};
  // An installation may run several versions on one day.
  const bool one_version = versions.size() == 1;
  if (one_version) json["installations"] = Json::array();
  for (const auto& sum : sums) {
    json["runs"].push_back(sum.runs);
    json["success"].push_back(
        sum.runs == 0 ? Json(nullptr)
                      : Json(static_cast<double>(sum.completed) / static_cast<double>(sum.runs)));
    if (one_version) json["installations"].push_back(sum.installations);
  }
  return json;
}

std::vector<const HealthOfVersion*> all_of(const HealthOfOne& one) {
  std::vector<const HealthOfVersion*> versions;
  for (const auto& version : one.versions) versions.push_back(&version);
  return versions;
}

Json one_json(const PluginHealth& health, const HealthOfOne& one) {
  const Judgement none{Verdict::kUnknown, "No version is known of enough installations."};
  const auto* version = one.judged ? &one.versions[*one.judged] : nullptr;
  const auto& judgement = version != nullptr ? version->judgement : none;
  Json json = {
      {"event", one.event},
      {"name", one.name},
      {"version", version != nullptr ? Json(version->version) : Json(nullptr)},
      {"verdict", name_of(judgement.verdict)},
      {"rule", judgement.rule},
      {"better", one.better.empty() ? Json(nullptr) : Json(one.better)},
      {"share", health.installations == 0 ? Json(nullptr)
                                          : Json(static_cast<double>(one.figures.installations) /
                                                 static_cast<double>(health.installations))}};
  json.update(figures_json(one.figures));
  json["automation"] = figures_json(one.automation);
  json["trend"] = days_json(health, all_of(one));
  return json;
}

// As much as anybody reads, and the same text on every machine.
double rounded(double share) { return std::round(share * 1'000) / 1'000; }

// Whether a reader takes it for a name or version: others cannot be looked up.
bool is_name(std::string_view text) {
  return text.size() <= kMaxInsightsNameBytes && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
         });
}

PluginInsight insight_of(const HealthOfOne& one, const HealthOfVersion& version) {
  return {.event = one.event,
          .name = one.name,
          .version = version.version,
          .verdict = std::string(name_of(version.judgement.verdict)),
          .rule = version.judgement.rule,
          .since = version.since ? format_day(*version.since) : "",
          .installations = version.figures.installations,
          .runs = version.figures.runs.ended(),
          .success = rounded(version.figures.runs.success()),
          .lost = version.figures.runs.lost,
          .median_ms = version.figures.median_ms,
          .p95_ms = version.figures.p95_ms,
          .better = is_name(one.better) ? one.better : ""};
}

}  // namespace

Json plugins_document(const Contract& contract, const PluginHealth& health) {
  Json json = document_for(contract, health);
  json["plugins"] = Json::array();
  for (const auto& one : health.all) json["plugins"].push_back(one_json(health, one));
  return json;
}

Json plugin_document(const Contract& contract, const PluginHealth& health, const HealthOfOne& one) {
  Json json = document_for(contract, health);
  json["plugin"] = one_json(health, one);
  json["versions"] = Json::array();
  for (const auto& version : one.versions) {
    Json row = {{"version", version.version},
                {"verdict", name_of(version.judgement.verdict)},
                {"rule", version.judgement.rule},
                {"since", version.since ? Json(format_day(*version.since)) : Json(nullptr)}};
    row.update(figures_json(version.figures));
    row["automation"] = figures_json(version.automation);
    row["trend"] = days_json(health, {&version});
    json["versions"].push_back(std::move(row));
  }
  std::ranges::reverse(json["versions"]);  // the newest first
  return json;
}

InsightsBundle bundle_of(const Contract& contract, const PluginHealth& health,
                         std::vector<CrashInsight> mended) {
  InsightsBundle bundle;
  bundle.product = contract.product;
  bundle.made = format_rfc3339(health.made);
  bundle.window_days = kHealthDays;
  for (const auto& one : health.all) {
    if (one.name.empty() || !is_name(one.name)) continue;
    for (const auto& version : one.versions) {
      if (version.judgement.verdict != Verdict::kUnknown && is_name(version.version))
        bundle.plugins.push_back(insight_of(one, version));
    }
  }
  std::ranges::sort(mended, {}, &CrashInsight::signature);
  mended.resize(std::min(mended.size(), kMaxInsightsEntries));
  bundle.crashes = std::move(mended);
  std::ranges::stable_sort(bundle.plugins, std::greater<>(), &PluginInsight::installations);
  bundle.plugins.resize(std::min(bundle.plugins.size(), kMaxInsightsEntries));
  cut_insights(bundle);
  std::ranges::sort(bundle.plugins, {}, [](const PluginInsight& plugin) {
    return std::tie(plugin.name, plugin.version, plugin.event);
  });
  return bundle;
}

}  // namespace candor
