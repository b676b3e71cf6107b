#include "base/systemd.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/files.h"
#include "base/numbers.h"

namespace candor {

void tell_systemd(const Environment& environment, std::string_view message) {
  const auto path = environment.get("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.data(), path.size());
  // '@' stands for the abstract namespace.
  if (path.front() == '@') address.sun_path[0] = '\0';
  const FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  ::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

std::optional<std::chrono::milliseconds> watchdog_interval(const Environment& environment) {
  const auto micros = parse_unsigned<std::int64_t>(environment.get("WATCHDOG_USEC"));
  if (!micros || *micros < 2000) return std::nullopt;
  // Twice as often as asked for, as systemd's manual advises.
  return std::chrono::milliseconds(*micros / 2000);
}

}  // namespace candor
