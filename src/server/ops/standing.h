// How the installations stand, of what Prometheus and Alertmanager say. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/ops/prometheus_answers.h"

namespace candor {

// The collector's own name among the installations.
inline constexpr std::string_view kOwnInstallation = "collector";

// The worst that is so; the worst first.
enum class OpsHealth {
  kDown,      // who tells of it does not answer, or pushes no more
  kCritical,  // such an alert fires
  kWarning,   // the same, or a service does not answer
  kUnknown,   // nothing is heard of it
  kWell
};
std::string_view name_of(OpsHealth health);

// What is known at a moment.
struct OpsSight {
  std::vector<std::string> configured{};  // names of those that are asked
  std::vector<std::string> pushed{};      // names of those that push
  std::vector<std::string> known{};       // those that Prometheus has had samples of lately
  std::vector<std::string> ever_known{};  // the same, as far back as it keeps them
  std::vector<PromSeries> heard{};        // of heard_question(), now
  std::vector<PromAlert> alerts{};
  std::vector<MutedAlert> muted{};
  // Whether those lists are what was answered; what nobody answered is empty.
  bool has_known = true;
  bool has_heard = true;
  bool has_alerts = true;
};

// PromQL: what every installation has one of.
std::string_view heard_question();

struct OpsInstallation {
  std::string name;
  OpsHealth health = OpsHealth::kUnknown;
  std::optional<Instant> since;            // of that health; nothing where nobody knows
  bool is_configured = false;              // false: nobody named it, or it was taken out
  std::vector<std::string> services_down;  // by name
  std::size_t services = 0;
  // Alerts that fire and are not silenced, by severity.
  std::size_t critical = 0;
  std::size_t warning = 0;
  std::size_t info = 0;
};

// All of them, the worst first, the collector last.
std::vector<OpsInstallation> installations_of(const OpsSight& sight);
Json document_of(const OpsInstallation& installation);

// The alerts that fire, but for those that are mailed to nobody: those to act on first. Of one
// installation, or of all where none is named; at most kMaxToldAlerts.
Json alerts_document(const OpsSight& sight, std::string_view installation = "");

// A sentence when the alert that always fires does not; empty when all is well, or not known.
std::string rules_trouble(const OpsSight& sight);

}  // namespace candor
