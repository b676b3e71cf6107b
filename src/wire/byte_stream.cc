#include "wire/byte_stream.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "wire/limits.h"
#include "wire/stopwatch.h"

namespace candor {
namespace {

using SteadyClock = std::chrono::steady_clock;

Error unavailable(std::string why) { return Error{ErrorKind::kUnavailable, std::move(why)}; }

class SocketStream final : public ByteStream {
 public:
  explicit SocketStream(FileDescriptor fd) : fd_(std::move(fd)) {}

  Result<std::size_t> read(std::span<char> into, const Pace& pace) override {
    // Asked each time: a peer that never stops sending never lets it wait.
    CANDOR_TRY(or_reset(pace.check()));
    for (;;) {
      const auto n = ::recv(fd_.get(), into.data(), into.size(), MSG_DONTWAIT);
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EAGAIN && errno != EINTR) return unavailable(std::strerror(errno));
      CANDOR_TRY(or_reset(pace.wait(fd_.get(), POLLIN)));
    }
  }

  Result<std::size_t> write(std::string_view bytes, const Pace& pace) override {
    // Asked before each piece, not only when the socket is full: a small body leaves in one go.
    CANDOR_TRY(or_reset(pace.check()));
    const auto piece = bytes.substr(0, kMaxPieceBytes);
    for (;;) {
      const auto n = ::send(fd_.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n > 0) return static_cast<std::size_t>(n);
      if (errno != EAGAIN && errno != EINTR) return unavailable(std::strerror(errno));
      CANDOR_TRY(or_reset(pace.wait(fd_.get(), POLLOUT)));
    }
  }

  bool is_idle() const override {
    pollfd waiting{fd_.get(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 0;
  }

 private:
  // What was stopped must not leave by the system's buffers either: the connection ends with a
  // reset, which drops what they hold.
  Status or_reset(Status status) const {
    const linger none{1, 0};
    if (!status.ok() && status.error().kind == ErrorKind::kTryAgain)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    return status;
  }
  FileDescriptor fd_;
};

// The addresses of a name, asked for without waiting longer than the pace allows.
class Lookup {
 public:
  Lookup(std::string host, std::uint16_t port)
      : asked_(std::make_unique<Asked>(std::move(host), fmt::to_string(port))) {}
  ~Lookup() {
    auto* const request = &asked_->request;
    const bool taken_back = !asked_->started || ::gai_cancel(request) != EAI_NOTCANCELED ||
                            ::gai_error(request) != EAI_INPROGRESS;
    if (taken_back && request->ar_result != nullptr) ::freeaddrinfo(request->ar_result);
    // The system's own thread still writes there.
    if (!taken_back) [[maybe_unused]]
      const auto* lent = asked_.release();
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  Result<const addrinfo*> run(const Pace& pace) {
    gaicb* requests[] = {&asked_->request};
    int failed = ::getaddrinfo_a(GAI_NOWAIT, requests, 1, nullptr);
    if (failed == 0) {
      asked_->started = true;
      const gaicb* waiting[] = {&asked_->request};
      const timespec step{0, std::chrono::nanoseconds(kAskInterval).count()};
      while ((failed = ::gai_error(&asked_->request)) == EAI_INPROGRESS) {
        CANDOR_TRY(pace.check());
        ::gai_suspend(waiting, 1, &step);
      }
    }
    if (failed != 0) return unavailable(fmt::format("{}", ::gai_strerror(failed)));
    return static_cast<const addrinfo*>(asked_->request.ar_result);
  }

 private:
  struct Asked {
    Asked(std::string name, std::string service) : host(std::move(name)), port(std::move(service)) {
      hints.ai_socktype = SOCK_STREAM;
      hints.ai_flags = AI_ADDRCONFIG;
      request.ar_name = host.c_str();
      request.ar_service = port.c_str();
      request.ar_request = &hints;
    }
    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb request{};
    bool started = false;
  };
  std::unique_ptr<Asked> asked_;
};

Result<std::unique_ptr<ByteStream>> connect_address(const addrinfo& address, const Pace& pace) {
  FileDescriptor fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return unavailable(std::strerror(errno));
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return unavailable(std::strerror(errno));
    CANDOR_TRY(pace.wait(fd.get(), POLLOUT));
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) return unavailable(std::strerror(failed));
  }
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::unique_ptr<ByteStream>(std::make_unique<SocketStream>(std::move(fd)));
}

}  // namespace

Status Pace::check() const {
  if (keep_going_ && !keep_going_())
    return Error{ErrorKind::kTryAgain, "The transfer was stopped."};
  if (SteadyClock::now() >= deadline_) return unavailable("it did not answer in time");
  return Ok{};
}

Status Pace::wait(int descriptor, short events) const {
  for (;;) {
    CANDOR_TRY(check());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now());
    pollfd waiting{descriptor, events, 0};
    const auto step = std::min<std::chrono::milliseconds>(left, kAskInterval);
    if (::poll(&waiting, 1, static_cast<int>(step.count())) > 0) return Ok{};
  }
}

Result<std::unique_ptr<ByteStream>> connect_tcp(const std::string& host, std::uint16_t port,
                                                const Pace& pace, ConnectWatch* watch) {
  ConnectWatch unwatched;
  auto& seen = watch == nullptr ? unwatched : *watch;
  Stopwatch resolving(seen.resolve);
  Lookup lookup(host, port);
  CANDOR_ASSIGN(first, lookup.run(pace));
  resolving.stop();
  seen.stage = ConnectWatch::Stage::kConnect;
  const Stopwatch connecting(seen.connect);
  auto connected = Result<std::unique_ptr<ByteStream>>(unavailable("the name has no address"));
  for (const auto* address = first; address != nullptr; address = address->ai_next) {
    if (seen.may_connect) CANDOR_TRY(seen.may_connect(*address->ai_addr));
    // One that is silent leaves half of the time to those behind it.
    const auto left = pace.deadline() - SteadyClock::now();
    const auto share = address->ai_next == nullptr ? left : left / 2;
    connected = connect_address(*address, pace.until(SteadyClock::now() + share));
    if (connected.ok() || connected.error().kind == ErrorKind::kTryAgain) break;
  }
  if (connected.ok()) seen.stage = ConnectWatch::Stage::kUp;
  return connected;
}

Result<std::unique_ptr<ByteStream>> connect_unix(const Path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path)
    return unavailable("the socket's path is too long");
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  // Not blocking: a full backlog is an error at once, and not a wait without an end.
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open() ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unavailable(std::strerror(errno));
  }
  return std::unique_ptr<ByteStream>(std::make_unique<SocketStream>(std::move(fd)));
}

}  // namespace candor
