// What one bare fdatasync costs on a disk.
#pragma once

#include <cstdint>
#include <string>

#include "load/histogram.h"

namespace candor::load {

struct DiskPlan {
  std::string folder;
  std::uint32_t bytes = 4096;  // written before each fdatasync
  double seconds = 2;
};

// Writes on and on into a preallocated file of its own, which is removed again, and syncs each
// time, as a journal does. The latencies of write and fdatasync together. Throws
// std::runtime_error.
Histogram sync_all(const DiskPlan& plan);

}  // namespace candor::load
