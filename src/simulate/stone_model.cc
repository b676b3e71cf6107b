// The report of a simulated Stone cluster: the keys that a real cluster's report has (contract
// stone, channel basic), written from what stone_cluster.h says of it.
#include <fmt/format.h>

#include <array>
#include <map>

#include "simulate/model.h"
#include "simulate/stone_cluster.h"

namespace candor {
namespace {

constexpr std::uint64_t kAspectOptions = 130;

struct System {
  std::string_view distro;
  std::string_view description;
  std::string_view kernel;
  std::string_view kernel_description;
};
constexpr std::array<System, 8> kSystems = {{
    {"ubuntu", "Ubuntu 20.04.6 LTS", "5.4.0-182-generic", "#202-Ubuntu SMP"},
    {"ubuntu", "Ubuntu 22.04.4 LTS", "5.15.0-112-generic", "#122-Ubuntu SMP"},
    {"ubuntu", "Ubuntu 24.04.1 LTS", "6.8.0-45-generic", "#45-Ubuntu SMP PREEMPT_DYNAMIC"},
    {"debian", "Debian GNU/Linux 11 (bullseye)", "5.10.0-30-amd64", "#1 SMP Debian 5.10.218-1"},
    {"debian", "Debian GNU/Linux 12 (bookworm)", "6.1.0-22-amd64",
     "#1 SMP PREEMPT_DYNAMIC Debian 6.1.94-1"},
    {"centos", "CentOS Stream 8", "4.18.0-553.5.1.el8.x86_64", "#1 SMP"},
    {"centos", "CentOS Stream 9", "5.14.0-427.el9.x86_64", "#1 SMP PREEMPT_DYNAMIC"},
    {"rocky", "Rocky Linux 9.4 (Blue Onyx)", "5.14.0-427.20.1.el9_4.x86_64",
     "#1 SMP PREEMPT_DYNAMIC"},
}};
constexpr std::array<std::string_view, 6> kProcessors = {
    "AMD EPYC 7302P 16-Core Processor",          "AMD EPYC 7543 32-Core Processor",
    "Intel(R) Xeon(R) CPU E5-2650 v4 @ 2.20GHz", "Intel(R) Xeon(R) Silver 4210R CPU @ 2.40GHz",
    "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz",  "Intel(R) Xeon(R) D-1541 CPU @ 2.10GHz"};

// In the order in which a report lists them. The first ones are changed by every deployment tool.
constexpr std::array<std::string_view, 12> kUsualOptions = {"auth_client_required",
                                                            "auth_cluster_required",
                                                            "auth_service_required",
                                                            "crash_dir",
                                                            "err_to_stderr",
                                                            "keyring",
                                                            "log_flush_on_exit",
                                                            "log_to_stderr",
                                                            "mon_data",
                                                            "mon_host",
                                                            "setgroup",
                                                            "setuser"};
constexpr std::array<std::string_view, 18> kOtherOptions = {"bluestore_cache_size_hdd",
                                                            "container_image",
                                                            "mds_cache_memory_limit",
                                                            "mgr/balancer/mode",
                                                            "mgr/cephadm/migration",
                                                            "mgr/dashboard/ssl",
                                                            "mgr/prometheus/rbd_stats_pools",
                                                            "mon_max_pg_per_osd",
                                                            "mon_osd_down_out_interval",
                                                            "ms_bind_ipv6",
                                                            "osd_deep_scrub_interval",
                                                            "osd_max_backfills",
                                                            "osd_memory_target",
                                                            "osd_memory_target_autotune",
                                                            "osd_pool_default_size",
                                                            "osd_recovery_max_active",
                                                            "osd_scrub_begin_hour",
                                                            "public_network"};

std::string_view name_of(StoneMedium medium) {
  constexpr std::array<std::string_view, 3> kNames = {"hdd", "ssd", "nvme"};
  return kNames[static_cast<std::size_t>(medium)];
}

// {"name": count}, without what there is none of.
Json counted(std::initializer_list<std::pair<std::string_view, std::int64_t>> counts) {
  auto result = Json::object();
  for (const auto& [name, count] : counts) {
    if (count > 0)
      result[std::string(name)] = result.value(std::string(name), std::int64_t{0}) + count;
  }
  return result;
}

Json mon_part(const StoneCluster& cluster) {
  auto persistent = Json::array({"kraken", "luminous", "mimic", "osdmap-prune", "nautilus"});
  const int major = cluster.release.to->major;
  if (major >= 15) persistent.push_back("octopus");
  if (major >= 16) persistent.insert(persistent.end(), {"pacific", "elector-pinging"});
  if (major >= 17) persistent.push_back("quincy");
  if (major >= 18) persistent.push_back("reef");
  if (major >= 19) persistent.push_back("squid");
  const auto addresses = 2 * cluster.mons;
  return {{"count", cluster.mons},
          {"features", {{"persistent", std::move(persistent)}, {"optional", Json::array()}}},
          {"min_mon_release", major},
          {"v1_addr_mons", cluster.mons},
          {"v2_addr_mons", cluster.mons},
          {"ipv4_addr_mons", cluster.ipv6 ? 0 : addresses},
          {"ipv6_addr_mons", cluster.ipv6 ? addresses : 0}};
}

Json config_part(const FleetKey& fleet, const Life& life) {
  auto dice = life.dice(fleet, kAspectOptions);
  auto cluster = Json::array();
  auto active = Json::array();
  for (const auto option : kUsualOptions) active.push_back(option);
  for (const auto option : kOtherOptions) {
    const bool changed = dice.chance(300);
    if (!changed) continue;
    cluster.push_back(option);
    if (!option.starts_with("mgr/")) active.push_back(option);
  }
  return {{"cluster_changed", std::move(cluster)}, {"active_changed", std::move(active)}};
}

Json pools_part(const StoneCluster& cluster) {
  auto pools = Json::array();
  for (const auto& pool : cluster.pools) {
    const bool coded = pool.data_chunks > 0;
    auto profile = Json::object();
    if (coded) {
      profile = {{"k", std::to_string(pool.data_chunks)},
                 {"m", std::to_string(pool.coding_chunks)},
                 {"plugin", "jerasure"},
                 {"technique", "reed_sol_van"},
                 {"crush-failure-domain", "host"}};
    }
    pools.push_back({{"pool", pool.number},
                     {"pg_num", pool.pg_num},
                     {"pgp_num", pool.pg_num},
                     {"size", pool.size},
                     {"min_size", pool.min_size},
                     {"pg_autoscale_mode", pool.autoscale},
                     {"target_max_bytes", 0},
                     {"target_max_objects", 0},
                     {"type", coded ? "erasure" : "replicated"},
                     {"erasure_code_profile", std::move(profile)},
                     {"cache_mode", "none"}});
  }
  return pools;
}

Json rbd_part(const StoneCluster& cluster) {
  auto images = Json::array();
  auto mirroring = Json::array();
  for (const auto& pool : cluster.pools) {
    if (pool.use != StonePoolUse::kBlock) continue;
    images.push_back(pool.images);
    mirroring.push_back(pool.mirrored);
  }
  return {{"num_pools", images.size()},
          {"num_images_by_pool", std::move(images)},
          {"mirroring_by_pool", std::move(mirroring)}};
}

Json osd_part(const StoneCluster& cluster) {
  // Raised by hand when all OSDs run the new release, which is soon after.
  return {{"count", cluster.osds},
          {"require_osd_release", cluster.release.from->name},
          {"require_min_compat_client", cluster.balancer ? "luminous" : "jewel"},
          {"cluster_network", cluster.two_networks}};
}

Json crush_part(const StoneCluster& cluster) {
  auto classes = Json::array();
  for (const auto& disks : cluster.disks) classes.push_back(disks.osds);
  const auto osds_in_a_host = cluster.osds / cluster.osd_hosts;
  const auto roots =
      static_cast<std::int64_t>(cluster.disks.size()) + 1;  // one more for each device class
  static const Json kTunables = {{"choose_local_tries", 0},
                                 {"choose_local_fallback_tries", 0},
                                 {"choose_total_tries", 50},
                                 {"chooseleaf_descend_once", 1},
                                 {"chooseleaf_vary_r", 1},
                                 {"chooseleaf_stable", 1},
                                 {"straw_calc_version", 1},
                                 {"allowed_bucket_algs", 54},
                                 {"profile", "jewel"},
                                 {"optimal_tunables", 1},
                                 {"legacy_tunables", 0},
                                 {"minimum_required_version", "jewel"},
                                 {"require_feature_tunables", 1},
                                 {"require_feature_tunables2", 1},
                                 {"has_v2_rules", 1},
                                 {"require_feature_tunables3", 1},
                                 {"has_v3_rules", 0},
                                 {"has_v4_buckets", 1},
                                 {"require_feature_tunables5", 1},
                                 {"has_v5_rules", 0}};
  return {{"num_devices", cluster.osds},
          {"num_types", 12},
          {"num_buckets", roots * (cluster.osd_hosts + 1)},
          {"num_rules", 1 + std::min<std::size_t>(cluster.pools.size(), 4)},
          {"device_classes", std::move(classes)},
          {"tunables", kTunables},
          {"compat_weight_set", false},
          {"num_weight_sets", 0},
          {"bucket_algs", {{"straw2", cluster.osd_hosts + 1}}},
          {"bucket_sizes", counted({{std::to_string(osds_in_a_host), cluster.osd_hosts},
                                    {std::to_string(cluster.osd_hosts), 1}})},
          {"bucket_types", {{"1", cluster.osd_hosts}, {"11", 1}}}};
}

Json fs_part(const StoneCluster& cluster) {
  auto systems = Json::array();
  for (std::int64_t i = 0; i < cluster.file_systems; ++i) {
    const auto active = cluster.mds_active / cluster.file_systems;
    const auto files = cluster.files / (i + 1);
    systems.push_back({{"max_mds", active},
                       {"ever_allowed_features", 0},
                       {"explicitly_allowed_features", 0},
                       {"num_in", active},
                       {"num_up", active},
                       {"num_standby_replay", 0},
                       {"num_mds", active},
                       {"num_sessions", cluster.hosts * 2},
                       {"cached_inos", files / 20},
                       {"cached_dns", files / 18},
                       {"cached_caps", files / 30},
                       {"cached_subtrees", active + 1},
                       {"balancer_enabled", false},
                       {"num_data_pools", 1},
                       {"standby_count_wanted", 1},
                       {"approx_ctime", format_day(day_of(cluster.created)).substr(0, 7)},
                       {"files", files},
                       {"bytes", files * 1'000'000},
                       {"snaps", 0}});
  }
  return {{"count", cluster.file_systems},
          {"feature_flags",
           {{"enable_multiple", cluster.release.to->major >= 16},
            {"ever_enabled_multiple", cluster.file_systems > 1}}},
          {"num_standby_mds", cluster.mds_standby},
          {"total_num_mds", cluster.mds_active + cluster.mds_standby},
          {"filesystems", std::move(systems)}};
}

Json daemons_of_a_kind(const StoneCluster& cluster, std::int64_t count,
                       std::int64_t on_new_release) {
  const auto& system = kSystems[cluster.system % kSystems.size()];
  const auto only = [count](std::string_view value) { return counted({{value, count}}); };
  return {{"arch", only("x86_64")},
          {"ceph_version", counted({{cluster.release.from->full_version(), count - on_new_release},
                                    {cluster.release.to->full_version(), on_new_release}})},
          {"os", only("Linux")},
          {"cpu", only(kProcessors[cluster.processor % kProcessors.size()])},
          {"kernel_description", only(system.kernel_description)},
          {"kernel_version", only(system.kernel)},
          {"distro_description", only(system.description)},
          {"distro", only(system.distro)}};
}

Json metadata_part(const StoneCluster& cluster) {
  const auto upgraded = cluster.osds * cluster.release.osds_done_per_mille / 1000;
  auto osds = daemons_of_a_kind(cluster, cluster.osds, upgraded);
  std::int64_t turning = 0;
  for (const auto& disks : cluster.disks)
    turning += disks.medium == StoneMedium::kHdd ? disks.osds : 0;
  osds["osd_objectstore"] = {{"bluestore", cluster.osds}};
  osds["rotational"] = counted({{"0", cluster.osds - turning}, {"1", turning}});
  Json part = {{"osd", std::move(osds)},
               {"mon", daemons_of_a_kind(cluster, cluster.mons, cluster.mons)}};
  const auto mds = cluster.mds_active + cluster.mds_standby;
  if (mds > 0) part["mds"] = daemons_of_a_kind(cluster, mds, mds);
  return part;
}

// Of parts in a million, without overflow.
std::int64_t share(std::int64_t bytes, std::int64_t per_million) {
  return bytes / 1'000'000 * per_million;
}

Json usage_part(const StoneCluster& cluster) {
  std::int64_t placement_groups = 0;
  for (const auto& pool : cluster.pools) placement_groups += pool.pg_num;
  auto by_class = Json::object();
  std::int64_t used = 0;
  for (const auto& disks : cluster.disks) {
    const auto total = disks.osds * disks.osd_bytes;
    const auto used_here = share(total, cluster.used_per_million);
    used += used_here;
    by_class[std::string(name_of(disks.medium))] = {{"total_bytes", total},
                                                    {"total_avail_bytes", total - used_here},
                                                    {"total_used_bytes", used_here},
                                                    {"total_used_raw_bytes", used_here}};
  }
  Json part = {{"pools", cluster.pools.size()},
               {"pg_num", placement_groups},
               {"total_used_bytes", used},
               {"total_bytes", cluster.total_bytes},
               {"total_avail_bytes", cluster.total_bytes - used}};
  if (cluster.release.to->major >= 17) part["stats_by_class"] = std::move(by_class);
  return part;
}

class StoneModel final : public Model {
 public:
  Json observe(const FleetKey& fleet, const Life& life, std::int64_t day) const override {
    const auto cluster = stone_cluster_on(fleet, life, day);
    const auto mds = cluster.mds_active + cluster.mds_standby;
    Json report = {{"created", format_rfc3339(cluster.created)},
                   {"mon", mon_part(cluster)},
                   {"mgr", {{"count", cluster.mgrs}}},
                   {"config", config_part(fleet, life)},
                   {"pools", pools_part(cluster)},
                   {"rbd", rbd_part(cluster)},
                   {"osd", osd_part(cluster)},
                   {"crush", crush_part(cluster)},
                   {"fs", fs_part(cluster)},
                   {"metadata", metadata_part(cluster)},
                   {"hosts",
                    {{"num", cluster.hosts},
                     {"num_with_mon", std::min(cluster.hosts, cluster.mons)},
                     {"num_with_mds", std::min(cluster.hosts, mds)},
                     {"num_with_osd", cluster.osd_hosts},
                     {"num_with_mgr", std::min(cluster.hosts, cluster.mgrs)}}},
                   {"usage", usage_part(cluster)},
                   {"services", counted({{"rgw", cluster.gateways}})}};
    if (cluster.gateways > 0) {
      report["rgw"] = {
          {"count", cluster.gateways}, {"zones", 1}, {"zonegroups", 1}, {"frontends", {"beast"}}};
    }
    report["balancer"] = {{"active", cluster.balancer},
                          {"mode", cluster.balancer ? "upmap" : "none"}};
    return report;
  }
};

}  // namespace

std::unique_ptr<Model> make_stone_model() { return std::make_unique<StoneModel>(); }

}  // namespace candor
