#include "load/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace candor::load {
namespace {

constexpr off_t kFileSize = 64 << 20;

}  // namespace

Histogram sync_all(const DiskPlan& plan) {
  auto path = plan.folder + "/candor-load-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) throw std::runtime_error(plan.folder + ": " + std::strerror(errno));
  ::unlink(path.c_str());
  const std::vector<char> bytes(plan.bytes, 'x');
  // Zeros are written: blocks that were only reserved would have to be marked as used at each sync.
  const std::vector<char> zeros(1 << 20);
  for (off_t at = 0; at < kFileSize; at += static_cast<off_t>(zeros.size())) {
    if (::pwrite(fd, zeros.data(), zeros.size(), at) < 0)
      throw std::runtime_error(plan.folder + ": " + std::strerror(errno));
  }
  ::fsync(fd);
  Histogram latency;
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  off_t at = 0;
  for (auto last = begin; std::chrono::duration<double>(last - begin).count() < plan.seconds;) {
    if (::pwrite(fd, bytes.data(), bytes.size(), at) < 0 || ::fdatasync(fd) != 0)
      throw std::runtime_error(plan.folder + ": " + std::strerror(errno));
    const auto now = Clock::now();
    latency.add(std::chrono::duration_cast<std::chrono::nanoseconds>(now - last).count());
    last = now;
    at = (at + static_cast<off_t>(bytes.size())) % kFileSize;
  }
  ::close(fd);
  return latency;
}

}  // namespace candor::load
