#include "base/disk_room.h"

#include <sys/statvfs.h>

namespace candor {

DiskRoom disk_room(const Path& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return {};
  return {static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize,
          static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize};
}

}  // namespace candor
