#include <algorithm>
#include <set>

#include "agent/collect/ceph_observation.h"

namespace candor {
namespace {

using Names = std::set<std::string>;

constexpr std::string_view kAttributes[] = {
    "arch", "os", "cpu", "kernel_description", "kernel_version", "distro_description", "distro"};
constexpr std::string_view kOsdAttributes[] = {"osd_objectstore", "rotational"};

// How many daemons have each value of an attribute, values in order.
Json count_values(const std::vector<CephValue>& daemons, std::string_view attribute) {
  std::map<std::string, int> counts;
  for (const CephValue& daemon : daemons) {
    if (daemon.has(attribute)) ++counts[daemon.at(attribute).text()];
  }
  Json result = Json::object();
  for (const auto& [value, count] : counts) result[value] = count;
  return result;
}

Json count_attributes(const std::vector<CephValue>& daemons, bool with_osd_attributes) {
  Json result = Json::object();
  // Stone names its version differently; a cluster in migration may hold both.
  const Json stone = count_values(daemons, "stone_version");
  const Json ceph = count_values(daemons, "ceph_version");
  if (stone.empty() || !ceph.empty()) result["ceph_version"] = ceph;
  if (!stone.empty()) result["stone_version"] = stone;
  for (const auto attribute : kAttributes) {
    result[std::string(attribute)] = count_values(daemons, attribute);
  }
  if (with_osd_attributes) {
    for (const auto attribute : kOsdAttributes) {
      result[std::string(attribute)] = count_values(daemons, attribute);
    }
  }
  return result;
}

// Monitors and OSDs that left the map may leave metadata behind.
std::vector<CephValue> mons_in_map(const CephObservation& seen) {
  Names in_map;
  for (const CephValue& mon : seen.mon_dump.value().at("mons").items()) {
    in_map.insert(mon.at("name").text());
  }
  std::vector<CephValue> result;
  for (const CephValue& mon : seen.mon_metadata.value().items()) {
    if (in_map.contains(mon.at("name").text())) result.push_back(mon);
  }
  return result;
}

std::vector<CephValue> osds_in_map(const CephObservation& seen) {
  std::set<std::int64_t> in_map;
  for (const CephValue& osd : seen.osd_dump.value().at("osds").items()) {
    in_map.insert(osd.at("osd").integer());
  }
  std::vector<CephValue> result;
  for (const CephValue& osd : seen.osd_metadata.value().items()) {
    if (in_map.contains(osd.at("id").integer())) result.push_back(osd);
  }
  return result;
}

void add_host(const CephValue& metadata, Names& hosts) {
  const auto host = string_member(metadata.json(), "hostname");
  if (!host.empty()) hosts.insert(host);
}

Names hosts_of(const CephAnswer& metadata) {
  Names result;
  for (const CephValue& daemon : metadata.value().items()) add_host(daemon, result);
  return result;
}

// "[fd00::1]:6800" and "10.0.0.1:6800" without the port.
std::string without_port(const std::string& address) {
  return address.substr(0, address.find_last_of(':'));
}

std::string first_address(const CephValue& osd, std::string_view network) {
  const auto addresses = osd.at(network).at("addrvec").items();
  return addresses.empty() ? std::string() : without_port(addresses.front().at("addr").text());
}

}  // namespace

Json ceph_mon_part(const CephValue& mon_dump) {
  int v1 = 0, v2 = 0, ipv4 = 0, ipv6 = 0;
  const auto mons = mon_dump.at("mons").items();
  for (const CephValue& mon : mons) {
    for (const CephValue& address : mon.at("public_addrs").at("addrvec").items()) {
      const auto type = address.at("type").text();
      if (type == "v1") ++v1;
      if (type == "v2") ++v2;
      ++(address.at("addr").text().starts_with('[') ? ipv6 : ipv4);
    }
  }
  Json features = Json::object();
  for (const auto kind : {"persistent", "optional"}) {
    Json names = Json::array();
    for (const CephValue& name : mon_dump.at("features").at(kind).items()) {
      names.push_back(name.text());
    }
    features[kind] = names;
  }
  return {{"count", mons.size()},
          {"features", features},
          {"min_mon_release", mon_dump.at("min_mon_release").integer()},
          {"v1_addr_mons", v1},
          {"v2_addr_mons", v2},
          {"ipv4_addr_mons", ipv4},
          {"ipv6_addr_mons", ipv6}};
}

Json ceph_osd_part(const CephValue& osd_dump) {
  const auto osds = osd_dump.at("osds").items();
  const bool cluster_network = std::any_of(osds.begin(), osds.end(), [](const CephValue& osd) {
    return osd.at("up").boolean() &&
           first_address(osd, "public_addrs") != first_address(osd, "cluster_addrs");
  });
  return {{"count", osds.size()},
          {"require_osd_release", osd_dump.at("require_osd_release").text()},
          {"require_min_compat_client", osd_dump.at("require_min_compat_client").text()},
          {"cluster_network", cluster_network}};
}

Json ceph_metadata_part(const CephObservation& seen) {
  Json result = Json::object();
  result["osd"] = count_attributes(osds_in_map(seen), true);
  result["mon"] = count_attributes(mons_in_map(seen), false);
  const auto mdss = seen.mds_metadata.value().items();
  if (!mdss.empty()) result["mds"] = count_attributes(mdss, false);
  return result;
}

Json ceph_hosts_part(const CephObservation& seen) {
  const std::pair<const char*, Names> kinds[] = {{"num_with_mon", hosts_of(seen.mon_metadata)},
                                                 {"num_with_mds", hosts_of(seen.mds_metadata)},
                                                 {"num_with_osd", hosts_of(seen.osd_metadata)},
                                                 {"num_with_mgr", hosts_of(seen.mgr_metadata)}};
  Names all;
  for (const auto& [key, service] : seen.service_dump.value().at("services").members()) {
    for (const auto& [name, daemon] : service_daemons(service)) {
      if (daemon.has("metadata")) add_host(daemon.at("metadata"), all);
    }
  }
  for (const auto& [key, hosts] : kinds) all.insert(hosts.begin(), hosts.end());
  Json result = {{"num", all.size()}};
  for (const auto& [key, hosts] : kinds) result[key] = hosts.size();
  return result;
}

}  // namespace candor
