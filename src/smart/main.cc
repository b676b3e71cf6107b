// candor-smart: what smartctl says of this machine's drives, as one line of JSON. No arguments.
//
// With root's rights it asks the drives. Without, it copies what the socket of candor-smart.socket
// says, behind which systemd starts this same program as root (docs/decisions/015-smart-helper.md).
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/files.h"
#include "smart/drives.h"
#include "smart/limits.h"

namespace candor {
namespace {

constexpr const char* kSocket = "/run/candor-smart.socket";

bool put(const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto n = ::write(STDOUT_FILENO, bytes, size);
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

int tell(const Json& document) {
  const auto line = to_line(document) + "\n";
  return put(line.data(), line.size()) ? 0 : 1;
}

// Copies the socket's answer; false when there is nobody to ask.
bool ask_socket() {
  const FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kSocket, sizeof address.sun_path - 1);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return false;
  bool any = false;
  for (;;) {
    pollfd waiting{connection.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(2 * kSmartAllTime.count())) <= 0) return any;
    char chunk[65536];
    const auto n = ::read(connection.get(), chunk, sizeof chunk);
    if (n <= 0) return any;
    any = true;
    if (!put(chunk, static_cast<std::size_t>(n))) return true;
  }
}

int run() {
  if (::geteuid() == 0) return tell(ask_drives({}));
  if (ask_socket()) return 0;
  // Without smartctl the rights would not help either.
  const auto there = run_process({.argv = {"smartctl", "--version"}, .timeout = kSmartScanTime});
  return tell({{"format", 1}, {"problem", there.ok() ? "not_allowed" : "no_smartctl"}});
}

}  // namespace
}  // namespace candor

int main(int argc, char**) {
  if (argc > 1) {
    std::fputs("candor-smart takes no arguments.\n", stderr);
    return 2;
  }
  return candor::run();
}
