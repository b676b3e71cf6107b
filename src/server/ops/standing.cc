#include "server/ops/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::string_view kAlwaysFires = "Watchdog";
constexpr std::string_view kNameOfAlert = "alertname";

enum class Muting { kNot, kSilenced, kInhibited };

Muting muting_of(const OpsSight& sight, const PromAlert& alert) {
  const auto found = std::ranges::find(sight.muted, alert.labels, &MutedAlert::labels);
  if (found == sight.muted.end()) return Muting::kNot;
  return found->is_silenced ? Muting::kSilenced : Muting::kInhibited;
}

// critical, warning, info, others.
std::size_t rank_of(std::string_view severity) {
  constexpr std::array<std::string_view, 3> kSeverities{"critical", "warning", "info"};
  return static_cast<std::size_t>(std::ranges::find(kSeverities, severity) - kSeverities.begin());
}

bool is_told(const PromAlert& alert) {
  return alert.is_firing && label_of(alert.labels, "severity") != "none";
}

std::set<std::string, std::less<>> names_of(const OpsSight& sight) {
  std::set<std::string, std::less<>> names(sight.known.begin(), sight.known.end());
  names.insert(sight.configured.begin(), sight.configured.end());
  for (const auto& series : sight.heard)
    names.insert(std::string(label_of(series.labels, "installation")));
  names.insert(std::string(kOwnInstallation));
  names.erase("");
  return names;
}

// The name of the scrape of the installation's own agent.
bool is_agents(std::string_view job, std::string_view installation) {
  if (installation == kOwnInstallation) return job == kOwnInstallation;
  return job == fmt::format("installation-{}", installation);
}

struct Heard {
  bool anything = false;
  bool agent_down = false;
};

Heard listen(const OpsSight& sight, OpsInstallation& installation) {
  Heard heard;
  for (const auto& series : sight.heard) {
    if (label_of(series.labels, "installation") != installation.name) continue;
    heard.anything = true;
    if (label_of(series.labels, "__name__") != "up") continue;
    const auto job = label_of(series.labels, "job");
    const bool is_down = series.points.back().value == 0;
    if (is_agents(job, installation.name)) {
      heard.agent_down = is_down;
      continue;
    }
    ++installation.services;
    if (is_down) installation.services_down.emplace_back(job);
  }
  return heard;
}

// Since when alerts of that severity fire; one that waits counts where its cause is certain.
std::optional<Instant> earliest(const OpsSight& sight, std::string_view installation,
                                std::string_view severity, std::string_view alert_name = "") {
  std::optional<Instant> first;
  for (const auto& alert : sight.alerts) {
    const bool is_one = alert_name.empty()
                            ? alert.is_firing && label_of(alert.labels, "severity") == severity &&
                                  muting_of(sight, alert) != Muting::kSilenced
                            : label_of(alert.labels, kNameOfAlert) == alert_name;
    if (!is_one || label_of(alert.labels, "installation") != installation) continue;
    if (alert.since && (!first || *alert.since < *first)) first = alert.since;
  }
  return first;
}

void count_alerts(const OpsSight& sight, OpsInstallation& installation) {
  for (const auto& alert : sight.alerts) {
    if (!is_told(alert) || label_of(alert.labels, "installation") != installation.name ||
        muting_of(sight, alert) == Muting::kSilenced)
      continue;
    const auto severity = label_of(alert.labels, "severity");
    auto& count = severity == "critical"  ? installation.critical
                  : severity == "warning" ? installation.warning
                                          : installation.info;
    ++count;
  }
}

void judge(const OpsSight& sight, OpsInstallation& installation) {
  const auto heard = listen(sight, installation);
  count_alerts(sight, installation);
  const auto& name = installation.name;
  if (heard.agent_down) {
    installation.health = OpsHealth::kDown;
    installation.since = earliest(sight, name, "", "TargetDown");
  } else if (installation.critical > 0) {
    installation.health = OpsHealth::kCritical;
    installation.since = earliest(sight, name, "critical");
  } else if (installation.warning > 0 || !installation.services_down.empty()) {
    installation.health = OpsHealth::kWarning;
    installation.since = installation.warning > 0 ? earliest(sight, name, "warning")
                                                  : earliest(sight, name, "", "TargetDown");
  } else {
    installation.health = heard.anything ? OpsHealth::kWell : OpsHealth::kUnknown;
  }
}

Json time_of(const std::optional<Instant>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Json document_of(const PromAlert& alert, Muting muting) {
  Json labels = Json::object();
  for (const auto& [name, value] : alert.labels) {
    if (name != kNameOfAlert && name != "severity" && name != "installation" && name != "component")
      labels[name] = value;
  }
  return {{"name", label_of(alert.labels, kNameOfAlert)},
          {"installation", label_of(alert.labels, "installation")},
          {"severity", label_of(alert.labels, "severity")},
          {"since", time_of(alert.since)},
          {"summary", label_of(alert.annotations, "summary")},
          {"threshold", label_of(alert.annotations, "threshold")},
          {"runbook", label_of(alert.annotations, "runbook")},
          {"muted", muting == Muting::kNot        ? Json(nullptr)
                    : muting == Muting::kSilenced ? Json("silenced")
                                                  : Json("inhibited")},
          {"labels", std::move(labels)}};
}

}  // namespace

std::string_view name_of(OpsHealth health) {
  switch (health) {
    case OpsHealth::kDown:
      return "down";
    case OpsHealth::kCritical:
      return "critical";
    case OpsHealth::kWarning:
      return "warning";
    case OpsHealth::kUnknown:
      return "unknown";
    default:
      return "well";
  }
}

std::string_view heard_question() {
  return "{__name__=~\"up|node_load1|candor_build_info\",installation!=\"\"}";
}

std::vector<OpsInstallation> installations_of(const OpsSight& sight) {
  std::vector<OpsInstallation> all;
  for (const auto& name : names_of(sight)) {
    OpsInstallation installation{name, {}, {}, name == kOwnInstallation, {}};
    if (std::ranges::find(sight.configured, name) != sight.configured.end())
      installation.is_configured = true;
    judge(sight, installation);
    std::ranges::sort(installation.services_down);
    all.push_back(std::move(installation));
  }
  std::ranges::stable_sort(all, {}, [](const OpsInstallation& one) {
    return std::tuple(one.name == kOwnInstallation, one.health);
  });
  if (all.size() > kMaxToldInstallations) all.resize(kMaxToldInstallations);
  return all;
}

Json document_of(const OpsInstallation& installation) {
  return {{"name", installation.name},
          {"health", name_of(installation.health)},
          {"since", time_of(installation.since)},
          {"configured", installation.is_configured},
          {"services", installation.services},
          {"services_down", installation.services_down},
          {"firing",
           {{"critical", installation.critical},
            {"warning", installation.warning},
            {"info", installation.info}}}};
}

Json alerts_document(const OpsSight& sight, std::string_view installation) {
  struct Told {
    const PromAlert* alert;
    Muting muting;
  };
  std::vector<Told> told;
  for (const auto& alert : sight.alerts) {
    if (!is_told(alert)) continue;
    if (!installation.empty() && label_of(alert.labels, "installation") != installation) continue;
    told.push_back({&alert, muting_of(sight, alert)});
  }
  // Muted ones last, the newest of a severity first.
  std::ranges::stable_sort(told, {}, [](const Told& one) {
    return std::tuple(one.muting != Muting::kNot, rank_of(label_of(one.alert->labels, "severity")),
                      -to_unix_millis(one.alert->since.value_or(Instant())));
  });
  if (told.size() > kMaxToldAlerts) told.resize(kMaxToldAlerts);
  Json document = Json::array();
  for (const auto& one : told) document.push_back(document_of(*one.alert, one.muting));
  return document;
}

std::string rules_trouble(const OpsSight& sight) {
  const bool fires = std::ranges::any_of(sight.alerts, [](const PromAlert& alert) {
    return alert.is_firing && label_of(alert.labels, kNameOfAlert) == kAlwaysFires;
  });
  if (fires) return "";
  return "Prometheus evaluates none of the rules: Watchdog, which always fires, does not. Nobody "
         "is "
         "told of anything meanwhile. The collector's log says whether its configuration is used.";
}

}  // namespace candor
