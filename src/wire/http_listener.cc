#include "wire/http_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/numbers.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Error cannot_listen(std::string_view where, const std::string& why) {
  return Error{ErrorKind::kCannotCreate, fmt::format("cannot listen on {}: {}", where, why)};
}

// Of the system call that just failed.
Error cannot_listen(std::string_view where) { return cannot_listen(where, std::strerror(errno)); }

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

Result<Endpoint> parse_listen(std::string_view listen) {
  const auto colon = listen.rfind(':');
  const auto port = colon == std::string_view::npos
                        ? std::nullopt
                        : parse_unsigned<std::uint16_t>(listen.substr(colon + 1));
  if (!port) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format(
            "listen = \"{}\" is no address. Expected HOST:PORT, for example 127.0.0.1:8080.",
            listen)};
  }
  std::string host(listen.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  return Endpoint{host, *port};
}

// An address of either family, as the system calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  sockaddr_in& v4() { return reinterpret_cast<sockaddr_in&>(storage); }
  sockaddr_in6& v6() { return reinterpret_cast<sockaddr_in6&>(storage); }

  static std::optional<SocketAddress> of(const Endpoint& endpoint) {
    SocketAddress address;
    if (::inet_pton(AF_INET, endpoint.host.c_str(), &address.v4().sin_addr) == 1) {
      address.storage.ss_family = AF_INET;
      address.v4().sin_port = htons(endpoint.port);
      address.size = sizeof(sockaddr_in);
      return address;
    }
    if (::inet_pton(AF_INET6, endpoint.host.c_str(), &address.v6().sin6_addr) == 1) {
      address.storage.ss_family = AF_INET6;
      address.v6().sin6_port = htons(endpoint.port);
      address.size = sizeof(sockaddr_in6);
      return address;
    }
    return std::nullopt;
  }

  std::uint16_t port() {
    return ntohs(storage.ss_family == AF_INET6 ? v6().sin6_port : v4().sin_port);
  }

  // Empty for a Unix socket.
  std::string host() {
    char text[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET) ::inet_ntop(AF_INET, &v4().sin_addr, text, sizeof text);
    if (storage.ss_family == AF_INET6) ::inet_ntop(AF_INET6, &v6().sin6_addr, text, sizeof text);
    return text;
  }
};

FileDescriptor stream_socket(int family) {
  return FileDescriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

Result<std::unique_ptr<HttpListener>> HttpListener::open(std::string_view where) {
  return where.starts_with(kUnixPrefix) ? open_unix(std::string(where.substr(kUnixPrefix.size())))
                                        : open_tcp(where);
}

Result<std::unique_ptr<HttpListener>> HttpListener::open_tcp(std::string_view where) {
  CANDOR_ASSIGN(endpoint, parse_listen(where));
  auto address = SocketAddress::of(endpoint);
  if (!address) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("listen = \"{}\": \"{}\" is no IP address", where, endpoint.host)};
  }
  auto fd = stream_socket(address->storage.ss_family);
  const int yes = 1;
  // Not SO_REUSEPORT: a second collector at this address must hear that it is taken. What is
  // accepted inherits TCP_NODELAY.
  if (!fd.is_open() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), address->get(), address->size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
      ::getsockname(fd.get(), address->get(), &address->size) != 0) {
    return cannot_listen(where);
  }
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(fd), address->port(), ""));
}

Result<std::unique_ptr<HttpListener>> HttpListener::open_unix(std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return cannot_listen(
        path, "the path of a socket has at most 107 bytes; choose a shorter data folder");
  }
  path.copy(address.sun_path, path.size());
  ::unlink(path.c_str());
  auto fd = stream_socket(AF_UNIX);
  if (!fd.is_open()) return cannot_listen(path);
  // Nobody may connect between bind and chmod.
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int why = errno;
  ::umask(mask);
  errno = why;
  if (bound != 0 || ::listen(fd.get(), SOMAXCONN) != 0) return cannot_listen(path);
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(fd), 0, std::move(path)));
}

HttpListener::~HttpListener() { close(); }

void HttpListener::close() {
  if (!fd_.is_open()) return;
  fd_.close();
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

HttpListener::Accepted HttpListener::accept() {
  SocketAddress peer;
  FileDescriptor fd(::accept4(fd_.get(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.is_open()) {
    auto host = unix_path_.empty() ? peer.host() : std::string();
    const bool loopback = host.empty() || is_loopback_host(host);
    return {Outcome::kAccepted, {std::move(fd), std::move(host), loopback}};
  }
  switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return {Outcome::kNoMemory};
    case EINVAL:  // after stop()
    case EBADF:
      return {Outcome::kStopped};
    default:  // nobody there any more, or who was there is gone
      return {Outcome::kNone};
  }
}

void HttpListener::stop() { ::shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace candor
