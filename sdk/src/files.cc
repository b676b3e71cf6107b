#include "files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace candor::sdk {

int open_regular(const std::string& file, std::size_t& bytes) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat found {};
  if (fd >= 0 && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
    bytes = static_cast<std::size_t>(found.st_size);
    return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

std::string read_small_file(const std::string& file, std::size_t most) {
  std::size_t size = 0;
  const int fd = open_regular(file, size);
  std::string bytes(most, '\0');
  const auto count = fd < 0 ? -1 : read(fd, bytes.data(), bytes.size());
  if (fd >= 0) close(fd);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

bool may_grow_to(std::size_t bytes) {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= bytes;
}

void give_to_owner_of(const std::string& folder, int fd) {
  struct stat found {};
  if (geteuid() != 0 || stat(folder.c_str(), &found) != 0 || found.st_uid == 0) return;
  [[maybe_unused]] const int ignored = fchown(fd, found.st_uid, found.st_gid);
}

}  // namespace candor::sdk
