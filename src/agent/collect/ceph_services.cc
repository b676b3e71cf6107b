#include <algorithm>
#include <set>

#include "agent/collect/ceph_observation.h"

namespace candor {
namespace {

// What the MDSs of one file system hold, added up; the file system's size as its rank 0 sees it.
struct CacheFigures {
  std::int64_t sessions = 0, inodes = 0, entries = 0, capabilities = 0, subtrees = 0;
  std::int64_t files = 0, bytes = 0, snapshots = 0;
};

CacheFigures cache_figures(const std::vector<std::pair<std::string, CephValue>>& mdss,
                           const std::map<std::int64_t, CephAnswer>& counters) {
  CacheFigures sum;
  for (const auto& [key, mds] : mdss) {
    const auto found = counters.find(mds.at("gid").integer());
    if (found == counters.end()) continue;  // laggy: not asked
    const CephValue perf = found->second.value();
    sum.sessions += perf.at("mds_sessions").at("session_count").integer();
    sum.inodes += perf.at("mds_mem").at("ino").integer();
    sum.entries += perf.at("mds_mem").at("dn").integer();
    sum.capabilities += perf.at("mds_mem").at("cap").integer();
    sum.subtrees += perf.at("mds").at("subtrees").integer();
    if (mds.at("rank").integer() != 0) continue;
    sum.files = perf.at("mds").at("root_rfiles").integer();
    sum.bytes = perf.at("mds").at("root_rbytes").integer();
    sum.snapshots = perf.at("mds").at("root_rsnaps").integer();
  }
  return sum;
}

Json file_system(const CephValue& fs, const CephObservation& seen) {
  const auto mdss = fs.at("info").members();
  const auto standby_replay = std::count_if(mdss.begin(), mdss.end(), [](const auto& named) {
    return named.second.at("state").text() == "up:standby-replay";
  });
  Json result = {{"max_mds", fs.at("max_mds").integer()},
                 {"ever_allowed_features", fs.at("ever_allowed_features").number()},
                 {"explicitly_allowed_features", fs.at("explicitly_allowed_features").number()},
                 {"num_in", fs.at("in").size()},
                 {"num_up", fs.at("up").size()},
                 {"num_standby_replay", standby_replay},
                 {"num_mds", mdss.size()}};
  const bool asked = seen.mds_counters.has_value();
  const auto sum = asked ? cache_figures(mdss, *seen.mds_counters) : CacheFigures();
  if (asked) {
    result["num_sessions"] = sum.sessions;
    result["cached_inos"] = sum.inodes;
    result["cached_dns"] = sum.entries;
    result["cached_caps"] = sum.capabilities;
    result["cached_subtrees"] = sum.subtrees;
  }
  result["balancer_enabled"] = !fs.at("balancer").text().empty();
  result["num_data_pools"] = fs.at("data_pools").size();
  result["standby_count_wanted"] = fs.at("standby_count_wanted").integer();
  result["approx_ctime"] = fs.at("created").text().substr(0, 7);  // the month
  if (asked) {
    result["files"] = sum.files;
    result["bytes"] = sum.bytes;
    result["snaps"] = sum.snapshots;
  }
  return result;
}

}  // namespace

std::vector<std::pair<std::string, CephValue>> service_daemons(const CephValue& service) {
  std::vector<std::pair<std::string, CephValue>> result;
  if (!service.has("daemons")) return result;
  for (const auto& [name, daemon] : service.at("daemons").members()) {
    if (daemon.json().is_object()) result.emplace_back(name, daemon);  // else `summary`, a text
  }
  return result;
}

Json ceph_fs_part(const CephObservation& seen) {
  const CephValue dump = seen.fs_dump.value();
  const auto standbys = dump.at("standbys").size();
  Json file_systems = Json::array();
  std::size_t mds_count = standbys;
  for (const CephValue& fs : dump.at("filesystems").items()) {
    file_systems.push_back(file_system(fs.at("mdsmap"), seen));
    mds_count += fs.at("mdsmap").at("info").size();
  }
  return {{"count", file_systems.size()},
          {"feature_flags", dump.at("feature_flags").booleans()},
          {"num_standby_mds", standbys},
          {"filesystems", file_systems},
          {"total_num_mds", mds_count}};
}

Json ceph_services_part(const CephValue& service_dump) {
  Json result = Json::object();
  // The service map has one entry of each kind, whatever the number of its daemons.
  for (const auto& [kind, service] : service_dump.at("services").members()) result[kind] = 1;
  return result;
}

std::optional<Json> ceph_rgw_part(const CephValue& service_dump) {
  if (!service_dump.at("services").has("rgw")) return std::nullopt;
  int count = 0;
  std::set<std::string> zones, zonegroups, frontends;
  for (const auto& [name, daemon] : service_daemons(service_dump.at("services").at("rgw"))) {
    if (!daemon.has("metadata")) continue;
    const CephValue metadata = daemon.at("metadata");
    ++count;
    zones.insert(metadata.at("zone_id").text());
    zonegroups.insert(metadata.at("zonegroup_id").text());
    frontends.insert(metadata.at("frontend_type#0").text());
    const auto second = string_member(metadata.json(), "frontend_type#1");
    if (!second.empty()) frontends.insert(second);
  }
  return Json{{"count", count},
              {"zones", zones.size()},
              {"zonegroups", zonegroups.size()},
              {"frontends", frontends}};
}

Json ceph_balancer_part(const CephObservation& seen) {
  if (!seen.balancer) return {{"active", false}};
  const CephValue status = seen.balancer->value();
  return {{"active", status.at("active").boolean()}, {"mode", status.at("mode").text()}};
}

}  // namespace candor
