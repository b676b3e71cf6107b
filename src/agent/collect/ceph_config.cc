#include <set>

#include "agent/collect/ceph_limits.h"
#include "agent/collect/ceph_observation.h"

namespace candor {
namespace {

void add_names(const CephAnswer& options, std::set<std::string>& names) {
  for (const CephValue& option : options.value().items()) {
    names.insert(option_name(option.at("name").text()));
  }
}

Json sorted(const std::set<std::string>& names) {
  Json result = Json::array();
  for (const auto& name : names) {
    if (result.size() == kMaxChangedOptions) break;
    if (!name.empty()) result.push_back(name);
  }
  return result;
}

}  // namespace

std::string option_name(const std::string& name) {
  if (!name.starts_with("mgr/")) return name;
  const auto module_end = name.find('/', 4);
  const auto last = name.find_last_of('/');
  if (module_end == std::string::npos || last == module_end) return name;
  return name.substr(0, module_end) + name.substr(last);
}

Json ceph_config_part(const CephObservation& seen) {
  std::set<std::string> cluster;
  add_names(seen.config_dump, cluster);
  Json result = {{"cluster_changed", sorted(cluster)}};
  if (seen.daemon_options) {
    std::set<std::string> active;
    for (const CephAnswer& options : *seen.daemon_options) add_names(options, active);
    result["active_changed"] = sorted(active);
  }
  return result;
}

}  // namespace candor
