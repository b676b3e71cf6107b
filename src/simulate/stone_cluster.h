// A simulated Stone cluster on one day, as whoever runs it would describe it.
//
// Sizes are skewed as those of real fleets are: half of the clusters have fewer than twenty OSDs, a
// few have thousands. A cluster grows while it is there, in OSDs and in what is stored on them.
// None of the numbers is taken from a real cluster. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "simulate/life.h"
#include "simulate/stone_release.h"

namespace candor {

enum class StoneMedium { kHdd, kSsd, kNvme };

struct StoneDisks {
  StoneMedium medium = StoneMedium::kHdd;
  std::int64_t osds = 0;
  std::int64_t osd_bytes = 0;  // of each
};

enum class StonePoolUse { kInternal, kBlock, kFiles, kObjects };

struct StonePool {
  std::int64_t number = 1;
  StonePoolUse use = StonePoolUse::kInternal;
  std::int64_t data_chunks = 0;  // k and m of an erasure-coded pool; 0: replicated
  std::int64_t coding_chunks = 0;
  std::int64_t size = 3;
  std::int64_t min_size = 2;
  std::int64_t pg_num = 32;
  std::string_view autoscale = "on";
  std::int64_t images = 0;  // of block devices
  bool mirrored = false;
};

struct StoneCluster {
  Instant created{};
  StoneRunning release;
  std::vector<StoneDisks> disks;
  std::int64_t osds = 0;  // of all `disks`
  std::int64_t total_bytes = 0;
  std::int64_t used_per_million = 0;
  std::vector<StonePool> pools;

  std::int64_t osd_hosts = 0;
  std::int64_t hosts = 0;
  std::int64_t mons = 0;
  std::int64_t mgrs = 0;
  std::int64_t file_systems = 0;
  std::int64_t mds_active = 0;  // of all file systems
  std::int64_t mds_standby = 0;
  std::int64_t gateways = 0;
  std::int64_t files = 0;

  std::size_t system = 0;  // index of the hosts' operating system, in stone_model.cc
  std::size_t processor = 0;
  bool two_networks = false;
  bool ipv6 = false;
  bool balancer = true;
};

StoneCluster stone_cluster_on(const FleetKey& fleet, const Life& life, std::int64_t day);

}  // namespace candor
