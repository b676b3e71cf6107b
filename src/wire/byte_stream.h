// Bytes to and from another process, within one request's time: a socket, and TLS over any such
// stream.
#pragma once

#include <openssl/types.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "wire/url.h"

namespace candor {

// How long a transfer may take, and whether it may go on. Errors of everything below: kTryAgain
// when `keep_going` said stop, kUnavailable with half a sentence when the time is up or the other
// side failed.
class Pace {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  Pace(SteadyTime deadline, std::function<bool()> keep_going)
      : deadline_(deadline), keep_going_(std::move(keep_going)) {}

  // Waits until the descriptor is ready for `events` (of poll).
  Status wait(int descriptor, short events) const;
  // Whether to go on; for waits of another kind.
  Status check() const;
  // The same, but over at `deadline` if that is earlier.
  Pace until(SteadyTime deadline) const { return {std::min(deadline, deadline_), keep_going_}; }
  SteadyTime deadline() const { return deadline_; }

 private:
  SteadyTime deadline_;
  std::function<bool()> keep_going_;
};

// Not thread-safe. Blocks for as long as the pace allows.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // At least one byte; 0 when the other side has ended.
  virtual Result<std::size_t> read(std::span<char> into, const Pace& pace) = 0;
  // Some of the bytes; at least one.
  virtual Result<std::size_t> write(std::string_view bytes, const Pace& pace) = 0;
  // Whether nothing has come, not even an end, since the last answer was read.
  virtual bool is_idle() const = 0;
};

// For who measures a connection, or says where none may go. The caller's, for one call at a time.
struct ConnectWatch {
  // Asked of each address before it is connected to, so that no name leads where no URL may; an
  // error is the connection's.
  std::function<Status(const sockaddr& address)> may_connect{};

  enum class Stage { kResolve, kConnect, kTls, kUp };
  Stage stage = Stage::kResolve;  // as far as it came
  std::chrono::microseconds resolve{};
  std::chrono::microseconds connect{};
  std::chrono::microseconds tls{};
  // When the first certificate of the other side's chain ends, also of one that is not believed.
  std::optional<Instant> certificate_expiry{};
};

// Looks the name up and connects to one of its addresses after the other.
Result<std::unique_ptr<ByteStream>> connect_tcp(const std::string& host, std::uint16_t port,
                                                const Pace& pace, ConnectWatch* watch = nullptr);
Result<std::unique_ptr<ByteStream>> connect_unix(const Path& path);

// The certificates to believe; shared by connections, any thread.
using TrustStore = std::shared_ptr<SSL_CTX>;
// `ca_file` is PEM; empty: the system's. kConfiguration when it cannot be read.
Result<TrustStore> load_trust(const Path& ca_file);

// Speaks TLS 1.2 or newer over `below` with the named host, whose certificate must be its own.
Result<std::unique_ptr<ByteStream>> start_tls(std::unique_ptr<ByteStream> below, TrustStore trust,
                                              const std::string& host, const Pace& pace,
                                              ConnectWatch* watch = nullptr);

}  // namespace candor
