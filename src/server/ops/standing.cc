#include "server/ops/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::string_view kAlwaysFires = "Watchdog";
constexpr std::string_view kNameOfAlert = "alertname";

enum class Muting { kNot, kSilenced, kInhibited };

// Which alerts are muted. Alertmanager has an alert with the labels that Prometheus gives all of
// them (external_labels) besides, so one with more labels is the same, unless Prometheus has that
// one, too.
class Mutings {
 public:
  explicit Mutings(const OpsSight& sight) {
    std::set<const PromLabels*, ByLabels> alerts;
    for (const auto& alert : sight.alerts) alerts.insert(&alert.labels);
    for (const auto& muted : sight.muted) {
      if (alerts.contains(&muted.labels)) {
        same_.emplace(&muted.labels, &muted);
      } else {
        with_more_.emplace(key_of(muted.labels), &muted);
      }
    }
  }

  Muting of(const PromAlert& alert) const {
    const auto* muted = find(alert.labels);
    if (muted == nullptr) return Muting::kNot;
    return muted->is_silenced ? Muting::kSilenced : Muting::kInhibited;
  }

 private:
  struct ByLabels {
    bool operator()(const PromLabels* a, const PromLabels* b) const { return *a < *b; }
  };
  using Key = std::pair<std::string_view, std::string_view>;

  static Key key_of(const PromLabels& labels) {
    return {label_of(labels, kNameOfAlert), label_of(labels, "installation")};
  }

  const MutedAlert* find(const PromLabels& labels) const {
    if (const auto found = same_.find(&labels); found != same_.end()) return found->second;
    const auto key = key_of(labels);
    // One that is of no installation may have got one so.
    for (auto one = with_more_.lower_bound(key); one != with_more_.end(); ++one) {
      if (one->first.first != key.first) break;
      if (!key.second.empty() && one->first != key) break;
      if (std::ranges::includes(one->second->labels, labels)) return one->second;
    }
    return nullptr;
  }

  std::map<const PromLabels*, const MutedAlert*, ByLabels> same_;
  std::multimap<Key, const MutedAlert*> with_more_;
};

// critical, warning, info, others.
std::size_t rank_of(std::string_view severity) {
  constexpr std::array<std::string_view, 3> kSeverities{"critical", "warning", "info"};
  return static_cast<std::size_t>(std::ranges::find(kSeverities, severity) - kSeverities.begin());
}

bool is_told(const PromAlert& alert) {
  return alert.is_firing && label_of(alert.labels, "severity") != "none";
}

using Names = std::set<std::string, std::less<>>;

Names names_of(const OpsSight& sight) {
  Names names(sight.known.begin(), sight.known.end());
  names.insert(sight.configured.begin(), sight.configured.end());
  names.insert(sight.pushed.begin(), sight.pushed.end());
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

// What is known of one installation.
struct Known {
  struct Alert {
    const PromAlert* alert = nullptr;
    bool is_silenced = false;
  };
  std::vector<const PromSeries*> heard{};
  std::vector<Alert> alerts{};
  bool is_scraped = false;
  bool is_pushed = false;
  bool was_ever_known = false;
};
using KnownByName = std::map<std::string, Known, std::less<>>;

// Each list is gone through once: there may be thousands of each.
KnownByName known_of(const OpsSight& sight) {
  KnownByName all;
  for (const auto& name : names_of(sight)) all[name];
  const auto with = [&all](std::string_view name, const auto& change) {
    if (const auto found = all.find(name); found != all.end()) change(found->second);
  };
  for (const auto& name : sight.configured) with(name, [](Known& one) { one.is_scraped = true; });
  for (const auto& name : sight.pushed) with(name, [](Known& one) { one.is_pushed = true; });
  for (const auto& name : sight.ever_known)
    with(name, [](Known& one) { one.was_ever_known = true; });
  for (const auto& series : sight.heard)
    with(label_of(series.labels, "installation"),
         [&](Known& one) { one.heard.push_back(&series); });
  const Mutings mutings(sight);
  for (const auto& alert : sight.alerts) {
    with(label_of(alert.labels, "installation"), [&](Known& one) {
      one.alerts.push_back({&alert, mutings.of(alert) == Muting::kSilenced});
    });
  }
  return all;
}

// Whether its agent answers, and which services do not. True: the agent does not.
bool listen(const Known& known, OpsInstallation& installation) {
  bool is_agent_down = false;
  for (const auto* series : known.heard) {
    if (label_of(series->labels, "__name__") != "up") continue;
    const auto job = label_of(series->labels, "job");
    const bool is_down = series->points.back().value == 0;
    if (is_agents(job, installation.name)) {
      is_agent_down = is_down;
      continue;
    }
    ++installation.services;
    if (is_down) installation.services_down.emplace_back(job);
  }
  return is_agent_down;
}

void take_earlier(std::optional<Instant>& first, const std::optional<Instant>& since) {
  if (since && (!first || *since < *first)) first = since;
}

// Since when alerts of that severity fire.
std::optional<Instant> severity_since(const Known& known, std::string_view severity) {
  std::optional<Instant> first;
  for (const auto& [alert, is_silenced] : known.alerts) {
    if (alert->is_firing && !is_silenced && label_of(alert->labels, "severity") == severity)
      take_earlier(first, alert->since);
  }
  return first;
}

// Since when that alert fires, or waits: its cause is certain.
std::optional<Instant> alert_since(const Known& known, std::string_view name) {
  std::optional<Instant> first;
  for (const auto& [alert, is_silenced] : known.alerts) {
    if (label_of(alert->labels, kNameOfAlert) == name) take_earlier(first, alert->since);
  }
  return first;
}

void count_alerts(const Known& known, OpsInstallation& installation) {
  for (const auto& [alert, is_silenced] : known.alerts) {
    if (!is_told(*alert) || is_silenced) continue;
    const auto severity = label_of(alert->labels, "severity");
    auto& count = severity == "critical"  ? installation.critical
                  : severity == "warning" ? installation.warning
                                          : installation.info;
    ++count;
  }
}

void judge(const Known& known, bool has_heard, OpsInstallation& installation) {
  const bool is_agent_down = listen(known, installation);
  count_alerts(known, installation);
  if (is_agent_down) {
    installation.health = OpsHealth::kDown;
    installation.since = alert_since(known, "TargetDown");
  } else if (known.is_pushed && known.was_ever_known && has_heard && known.heard.empty()) {
    installation.health = OpsHealth::kDown;
    installation.since = alert_since(known, "PushStopped");
  } else if (installation.critical > 0) {
    installation.health = OpsHealth::kCritical;
    installation.since = severity_since(known, "critical");
  } else if (installation.warning > 0 || !installation.services_down.empty()) {
    installation.health = OpsHealth::kWarning;
    installation.since = installation.warning > 0 ? severity_since(known, "warning")
                                                  : alert_since(known, "TargetDown");
  } else {
    installation.health = known.heard.empty() ? OpsHealth::kUnknown : OpsHealth::kWell;
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
  return "{__name__=~\"up|node_load1|node_time_seconds|candor_build_info\",installation!=\"\"}";
}

std::vector<OpsInstallation> installations_of(const OpsSight& sight) {
  std::vector<OpsInstallation> all;
  for (const auto& [name, known] : known_of(sight)) {
    OpsInstallation installation{name, {}, {}, name == kOwnInstallation, {}};
    if (known.is_scraped || known.is_pushed) installation.is_configured = true;
    judge(known, sight.has_heard, installation);
    std::ranges::sort(installation.services_down);
    all.push_back(std::move(installation));
  }
  std::ranges::stable_sort(all, {}, [](const OpsInstallation& one) {
    return std::tuple(one.name == kOwnInstallation, one.health);
  });
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
  const Mutings mutings(sight);
  std::vector<Told> told;
  for (const auto& alert : sight.alerts) {
    if (!is_told(alert)) continue;
    if (!installation.empty() && label_of(alert.labels, "installation") != installation) continue;
    told.push_back({&alert, mutings.of(alert)});
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
  if (!sight.has_alerts) return "";
  const bool fires = std::ranges::any_of(sight.alerts, [](const PromAlert& alert) {
    return alert.is_firing && label_of(alert.labels, kNameOfAlert) == kAlwaysFires;
  });
  if (fires) return "";
  return "Prometheus evaluates none of the rules itself: Watchdog, which always fires, is not "
         "among "
         "its alerts. Unless another program evaluates them, nobody is told of anything meanwhile. "
         "The collector's log says whether its configuration is used.";
}

}  // namespace candor
