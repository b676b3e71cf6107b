// The files that Prometheus and Alertmanager are given, made of the configuration. Pure, but that
// the operator's own rules are read. docs/formats/operations.md.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "config/ops_config.h"
#include "wire/url.h"

namespace candor {

// What there is to tell them besides the configuration.
struct OpsSurroundings {
  std::string own_url;           // of the collector: "https://127.0.0.1:8443"
  Path own_token_file;           // who shows its content may read /metrics
  std::string prometheus_url;    // without a slash at the end
  std::string alertmanager_url;  // the same
  Path current{};                // where the set is that is used
  bool runs_prometheus = true;   // false: it is somebody else's
};

// The mail server's password, in a set.
inline constexpr std::string_view kMailPasswordFile = "smtp.password";

struct OpsFile {
  std::string name;  // "rules/20-node.yml"
  std::string text;
  bool operator==(const OpsFile&) const = default;
};

// Where an installation is asked for its metrics: "/metrics" where its address has no path.
std::string metrics_path(const Url& url);

std::string prometheus_file(const OpsConfig& ops, const OpsSurroundings& surroundings);
std::string alertmanager_file(const OpsConfig& ops, const MonitorConfig& monitor);

// All of them: prometheus.yml, alertmanager.yml, rules/*.yml, templates/*.tmpl. kConfiguration with
// the file's name when a file that the configuration names cannot be read.
Result<std::vector<OpsFile>> ops_files(const OpsConfig& ops, const MonitorConfig& monitor,
                                       const OpsSurroundings& surroundings);

}  // namespace candor
