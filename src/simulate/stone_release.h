// Releases of Ceph, and which of them a simulated cluster runs on a day.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulate/life.h"

namespace candor {

struct StoneRelease {
  std::string_view version;  // "16.2.15"
  int major = 0;
  std::string_view name;       // "pacific"
  std::string_view published;  // the day, "2024-03-04"

  // As a daemon says it. The commit is made of the version: it is none of Ceph's.
  std::string full_version() const;
};

struct StoneRunning {
  const StoneRelease* from =
      nullptr;  // before the upgrade that is under way; else the same as `to`
  const StoneRelease* to = nullptr;
  // Of the OSDs, in thousandths, that run `to` already; 1000 when no upgrade is under way. The
  // other daemons are upgraded before the first OSD.
  int osds_done_per_mille = 1000;
};

// Clusters differ in how long they wait for the next major release (months to many years) and for
// the next minor one, and most upgrade at the same time as many others: in waves, two weeks apart.
StoneRunning stone_release_on(const FleetKey& fleet, const Life& life, std::int64_t day);

}  // namespace candor
