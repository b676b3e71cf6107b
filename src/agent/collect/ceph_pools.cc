#include <algorithm>

#include "agent/collect/ceph_observation.h"

namespace candor {
namespace {

constexpr std::string_view kProfileKeys[] = {
    "k", "m", "plugin", "technique", "crush-failure-domain", "l"};
constexpr std::string_view kTunableTexts[] = {"profile", "minimum_required_version"};

std::string pool_type(std::int64_t type) {
  return type == 1 ? "replicated" : type == 3 ? "erasure" : "";
}

// What of an erasure code profile tells nothing about the operator.
Json erasure_code_profile(const CephValue& osd_dump, const std::string& name) {
  Json result = Json::object();
  if (name.empty()) return result;
  const CephValue profiles = osd_dump.at("erasure_code_profiles").object();
  if (!profiles.has(name)) return result;
  const CephValue profile = profiles.at(name);
  for (const auto key : kProfileKeys) {
    if (profile.has(key)) result[std::string(key)] = profile.at(key).text();
  }
  return result;
}

// The copies that CRUSH keeps for each device class are no buckets of the operator's.
bool shadow(const CephValue& bucket) {
  return bucket.at("name").text().find('~') != std::string::npos;
}

Json counts(const std::map<std::string, int>& from) {
  Json result = Json::object();
  for (const auto& [key, count] : from) result[key] = count;
  return result;
}

Json device_classes(const std::vector<CephValue>& devices) {
  std::vector<std::string> order;
  std::map<std::string, int> counted;
  for (const CephValue& device : devices) {
    const auto name = string_member(device.json(), "class");
    if (++counted[name] == 1) order.push_back(name);
  }
  Json result = Json::array();
  for (const auto& name : order) result.push_back(counted[name]);
  return result;
}

}  // namespace

Json ceph_pools_part(const CephValue& osd_dump) {
  Json result = Json::array();
  for (const CephValue& pool : osd_dump.at("pools").items()) {
    result.push_back({{"pool", pool.at("pool").integer()},
                      {"type", pool_type(pool.at("type").integer())},
                      {"pg_num", pool.at("pg_num").integer()},
                      {"pgp_num", pool.at("pg_placement_num").integer()},
                      {"size", pool.at("size").integer()},
                      {"min_size", pool.at("min_size").integer()},
                      {"pg_autoscale_mode", pool.at("pg_autoscale_mode").text()},
                      {"target_max_bytes", pool.at("target_max_bytes").number()},
                      {"target_max_objects", pool.at("target_max_objects").number()},
                      {"erasure_code_profile",
                       erasure_code_profile(osd_dump, pool.at("erasure_code_profile").text())},
                      {"cache_mode", pool.at("cache_mode").text()}});
  }
  return result;
}

bool used_by_rbd(const CephValue& pool) { return pool.at("application_metadata").has("rbd"); }

Json ceph_rbd_part(const CephObservation& seen) {
  const auto pools = seen.osd_dump.value().at("pools").items();
  Json result = {{"num_pools", std::count_if(pools.begin(), pools.end(), used_by_rbd)}};
  if (!seen.rbd_pools) return result;
  Json images = Json::array();
  Json mirroring = Json::array();
  for (const RbdPool& pool : *seen.rbd_pools) {
    images.push_back(pool.images.value().items().size());
    mirroring.push_back(pool.mirroring.value().at("mode").text() != "disabled");
  }
  result["num_images_by_pool"] = images;
  result["mirroring_by_pool"] = mirroring;
  return result;
}

Json ceph_usage_part(const CephValue& df, const CephValue& osd_dump) {
  std::int64_t pg_num = 0;
  for (const CephValue& pool : osd_dump.at("pools").items()) pg_num += pool.at("pg_num").integer();
  const CephValue stats = df.at("stats");
  return {{"pools", df.at("pools").items().size()},
          {"pg_num", pg_num},
          {"total_used_bytes", stats.at("total_used_bytes").number()},
          {"total_bytes", stats.at("total_bytes").number()},
          {"total_avail_bytes", stats.at("total_avail_bytes").number()}};
}

Json ceph_crush_part(const CephValue& dump) {
  std::map<std::string, int> algorithms, sizes, types;
  const auto buckets = dump.at("buckets").items();
  for (const CephValue& bucket : buckets) {
    if (shadow(bucket)) continue;
    ++algorithms[bucket.at("alg").text()];
    ++sizes[std::to_string(bucket.at("items").size())];
    ++types[std::to_string(bucket.at("type_id").integer())];
  }
  const auto devices = dump.at("devices").items();
  Json tunables = dump.at("tunables").integers();
  for (const auto key : kTunableTexts) {
    if (dump.at("tunables").has(key)) {
      tunables[std::string(key)] = dump.at("tunables").at(key).text();
    }
  }
  const CephValue choose_args = dump.at("choose_args").object();
  return {{"num_devices", devices.size()},
          {"num_types", dump.at("types").size()},
          {"num_buckets", buckets.size()},
          {"num_rules", dump.at("rules").size()},
          {"device_classes", device_classes(devices)},
          {"tunables", tunables},
          {"compat_weight_set", choose_args.has("-1")},
          {"num_weight_sets", choose_args.size()},
          {"bucket_algs", counts(algorithms)},
          {"bucket_sizes", counts(sizes)},
          {"bucket_types", counts(types)}};
}

}  // namespace candor
