// What a cluster's command line answered, and the parts of the report made of it.
//
// Everything here is pure. The observation is raw (it holds host names, addresses, pool names) and
// stays inside agent/collect; what the functions return holds only what the report needs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/collect/ceph_value.h"
#include "base/json.h"

namespace candor {

// One answer; `fault` is set once something in it was not as expected.
struct CephAnswer {
  std::string what;  // the question, for messages; holds no names
  Json json;
  mutable ShapeFault fault;

  CephValue value() const { return CephValue(json, fault); }
};

struct RbdPool {
  CephAnswer images;
  CephAnswer mirroring;
};

struct CephObservation {
  CephAnswer mon_dump;
  CephAnswer mon_metadata;
  CephAnswer mgr_metadata;
  CephAnswer osd_dump;
  CephAnswer osd_metadata;
  CephAnswer crush_dump;
  CephAnswer fs_dump;
  CephAnswer mds_metadata;
  CephAnswer service_dump;
  CephAnswer df;
  CephAnswer config_dump;
  std::optional<CephAnswer> balancer;  // nothing: the cluster has none

  // Nothing where there are too many to ask, or where a pool does not answer.
  std::optional<std::vector<RbdPool>> rbd_pools;                   // in the order of `osd dump`
  std::optional<std::map<std::int64_t, CephAnswer>> mds_counters;  // by gid
  std::optional<std::vector<CephAnswer>> daemon_options;

  // The first answer with a fault, or nullptr.
  const CephAnswer* faulty() const;
};

// ceph_daemons.cc
Json ceph_mon_part(const CephValue& mon_dump);
Json ceph_osd_part(const CephValue& osd_dump);
Json ceph_metadata_part(const CephObservation& seen);
Json ceph_hosts_part(const CephObservation& seen);

// ceph_pools.cc
Json ceph_pools_part(const CephValue& osd_dump);
Json ceph_rbd_part(const CephObservation& seen);
Json ceph_usage_part(const CephValue& df, const CephValue& osd_dump);
Json ceph_crush_part(const CephValue& crush_dump);
bool used_by_rbd(const CephValue& pool);

// ceph_services.cc
Json ceph_fs_part(const CephObservation& seen);
Json ceph_services_part(const CephValue& service_dump);  // how many services of each kind
std::optional<Json> ceph_rgw_part(const CephValue& service_dump);
Json ceph_balancer_part(const CephObservation& seen);

// ceph_config.cc
Json ceph_config_part(const CephObservation& seen);
// `mgr/MODULE/MANAGER/OPTION` as `mgr/MODULE/OPTION`; other names as they are.
std::string option_name(const std::string& name);

// Daemons of the service map, such as object gateways: name and what is known of each.
std::vector<std::pair<std::string, CephValue>> service_daemons(const CephValue& service);

}  // namespace candor
