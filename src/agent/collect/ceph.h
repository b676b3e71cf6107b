// The channel *basic* of a Stone or Ceph cluster, collected through its command line.
//
// The report has the keys and shapes of the report that the cluster's own telemetry module
// (Ceph 16.2) makes for this channel: created, mon, config, pools, rbd, osd, crush, fs, metadata,
// hosts, usage, services, rgw, balancer. Two keys are added: `mgr.count` (active and standby
// managers; the module tells only the hosts that have one) and `metadata.mds` (as Ceph 17 and newer
// report it).
//
// Left out, because the command line cannot tell or should not:
// - `rgw.summary`: free text that a gateway may set, and that has held the names of hosts.
// - `config.active_changed` of a cluster of more than kMaxDaemonsAskedForOptions daemons, the cache
//   figures of `fs.filesystems[]` above kMaxMdsAsked MDSs, `rbd.num_images_by_pool` and
//   `rbd.mirroring_by_pool` above kMaxRbdPoolsAsked pools: each of them costs a call.
// - the same two rbd figures where the program `rbd` is missing, or where a pool is not served and
//   the question would hang (the module hangs there, and reports nothing until the pool is back).
// - what the module reports besides the channel: report_id, report_timestamp, channels, licence.
//
// Different on purpose:
// - an option of one manager (`mgr/dashboard/NAME/server_addr`) is reported without that manager's
//   name, which is often the name of its host;
// - `osd.cluster_network` compares whole addresses; the module compares IPv6 addresses up to their
//   first colon;
// - `balancer.mode` is the configured mode; the module of Ceph 16.2 always reports an empty one.
//
// Calls, in this order (each `--format json`):
//   mon dump               created, mon.*                      first, because it is the cheapest
//   mon metadata           metadata.mon, hosts
//   mgr metadata           mgr.count, hosts
//   osd dump               pools, osd.*, rbd.num_pools
//   osd metadata           metadata.osd, hosts
//   osd crush dump         crush.*
//   fs dump                fs.*
//   mds metadata           metadata.mds, hosts
//   service dump           services, rgw, hosts
//   df                     usage.*
//   config dump            config.cluster_changed
//   balancer status        balancer; a cluster without a balancer is `active: false`
//   rbd ls, rbd mirror pool info       for each pool that RBD uses
//   tell mds.NAME perf dump            for each MDS of a file system that is not laggy
//   config show DAEMON                 for each daemon: config.active_changed
// and, for the channel crash,
//   crash ls               crashes (ceph_crashes.h)
// `ceph report` would answer half of these at once, but prints much that no report needs (health
// messages with host names, all snapshots) and has no bound.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/collect/ceph_cli.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/process.h"
#include "base/result.h"

namespace candor {

// The members of a report that the channel basic fills.
inline constexpr std::string_view kCephBasicMembers[] = {
    "created", "mon",      "mgr",   "config", "pools",    "rbd", "osd",     "crush",
    "fs",      "metadata", "hosts", "usage",  "services", "rgw", "balancer"};

// What is asked of the cluster.
struct CephQuestion {
  bool basic = true;
  bool crashes = false;
  std::optional<Instant> since = std::nullopt;  // of the crashes; nothing: all
  std::string salt = "";                        // for the names of daemons
};

// What is asked for, as one document, or kUnavailable as below; all of it within options.timeout.
// The member `crashes` is absent where the cluster keeps no list of them.
Result<Json> collect_ceph(const CephQuestion& question, const CephOptions& options,
                          const ProcessRunner& run);

// The whole report of the channel, or kUnavailable: any call that fails, hangs or prints something
// else than expected fails all of it, and a kind of daemon that the cluster does not have is no
// failure. Holds no name of a host, pool, daemon or file system, no address, no value of an option.
// Blocks for at most options.timeout.
Result<Json> collect_ceph_basic(const CephOptions& options, const ProcessRunner& run);

// The report_id of the cluster's own telemetry module, in lower case; nothing when the module never
// ran. kUnavailable as above, also when what is stored there is no UUID.
Result<std::optional<std::string>> ceph_report_id(const CephOptions& options,
                                                  const ProcessRunner& run);

}  // namespace candor
