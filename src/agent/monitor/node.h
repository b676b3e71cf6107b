// What this machine is doing, as metrics with the names and meanings of Prometheus's node exporter:
// processors, memory, file systems, disks, network, load, clock, pressure, file descriptors, what
// was killed for lack of memory. It stays with the operator unless a contract lists it.
// https://github.com/prometheus/node_exporter
#pragma once

#include <memory>
#include <vector>

#include "agent/monitor/mounts.h"
#include "base/files.h"
#include "metrics/family.h"

namespace candor {

// Where the facts come from: the machine, or a folder that looks like one.
struct NodeSource {
  Path root = "/";  // holds proc/ and sys/
};

// One thread at a time.
class NodeMetrics {
 public:
  explicit NodeMetrics(NodeSource source = {});

  // All there is now, some milliseconds. What one part cannot read is missing, and
  // node_scrape_collector_success says 0 of it: others still tell.
  std::vector<MetricFamily> read();

 private:
  const NodeSource source_;
  Mounts mounts_;
};

}  // namespace candor
