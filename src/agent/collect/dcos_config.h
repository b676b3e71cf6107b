// Where a DC/OS cluster is asked, and what every track says of it: from the agent's configuration,
// and where that is silent from the files of DC/OS's own signal service.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace candor {

// What is the same in every track. Empty texts of `license_id` and `platform` are left out, as
// older releases of DC/OS have neither.
struct DcosFacts {
  std::string cluster_id;  // clusterId and anonymousId: the installation
  std::string customer_key;
  std::string license_id;
  std::string version;
  std::string platform;
  std::string provider;
  std::string variant = "open";
};

struct DcosConfig {
  std::vector<std::string> diagnostics_urls;
  std::vector<std::string> cosmos_urls;
  std::vector<std::string> mesos_urls;  // all of them make one answer
  std::string ca_file;
  std::string token;  // of Enterprise DC/OS; empty: none
  std::chrono::milliseconds timeout{0};
  DcosFacts facts;  // but for cluster_id
};

// kConfiguration when a file of DC/OS cannot be read or is no JSON object, or a secret's file is
// not there. Files of DC/OS that do not exist say nothing.
Result<DcosConfig> dcos_config(const Settings& settings);

// Why DC/OS itself was told to send no telemetry ("enabled": "false"), as a sentence; nothing when
// it was not. Files that cannot be understood may say so, and count as if they did.
std::optional<std::string> dcos_refusal(const Settings& settings);

// The number that DC/OS gave the cluster; nothing where there is none. kBadData when the file holds
// something else.
Result<std::optional<std::string>> dcos_cluster_id(const Settings& settings);

}  // namespace candor
