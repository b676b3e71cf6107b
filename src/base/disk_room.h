// What a file system holds.
#pragma once

#include <cstdint>

#include "base/files.h"

namespace candor {

struct DiskRoom {
  std::uint64_t total = 0;  // bytes
  std::uint64_t free = 0;   // of them, for who is not root
};

// Of the file system that the folder is on; nothing of one that is not there. Waits for the disk.
DiskRoom disk_room(const Path& folder);

}  // namespace candor
