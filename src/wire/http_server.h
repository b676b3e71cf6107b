// An HTTP/1.1 server: sockets, TLS, limits and time-outs on this side; a function from request to
// response on the other. Boost.Beast stays behind this seam (docs/decisions/002-http.md), and so
// do the loops that serve the connections (docs/decisions/032-reactors.md).
//
// The server stores nothing about its clients: the address of a peer lives in the Request and goes
// with it.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "wire/tls.h"

namespace candor {

struct HttpHeader {
  std::string name;  // as sent; compare without case
  std::string value;
};

// The value of the first header of that name (any case); nothing when there is none.
std::optional<std::string_view> find_header(const std::vector<HttpHeader>& headers,
                                            std::string_view name);

struct HttpRequest {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, starts with '/'; no query
  std::string query;   // as sent, without '?'
  std::vector<HttpHeader> headers;
  std::string body;
  std::string
      peer;  // IP address of the other side, for decisions in memory only; empty on a Unix socket
  bool peer_is_loopback = false;
  bool over_tls = false;
  bool is_verified = false;  // by a client certificate, which TlsServerOptions demanded

  // The value of the first header of that name (any case); empty when there is none.
  std::string_view header(std::string_view name) const;
  // The decoded value of a query parameter; nullopt when it is not there.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<HttpHeader> headers;  // besides Content-Type, Content-Length, Connection
};

// Answers one request. Called at most once, from any thread; not calling it closes the connection
// when the last copy is gone. A copy costs a count and no memory.
class Respond {
 public:
  // Where an answer goes.
  class Slot {
   public:
    virtual void answer(HttpResponse response) = 0;
    virtual void let_go() = 0;  // the last Respond is gone; may delete this

   protected:
    Slot() = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() = default;

   private:
    friend class Respond;
    std::atomic<int> holders_{0};
  };

  Respond() = default;
  explicit Respond(Slot& slot) : slot_(&slot) { hold(); }
  template <typename Function>
  requires(!std::same_as<Function, Respond> && std::invocable<Function&, HttpResponse>)
      Respond(Function function)
      : Respond(*new Called<Function>(std::move(function))) {}
  Respond(const Respond& other) : slot_(other.slot_) { hold(); }
  Respond(Respond&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  Respond& operator=(Respond other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~Respond() {
    if (slot_ != nullptr && slot_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      slot_->let_go();
  }

  void operator()(HttpResponse response) const { slot_->answer(std::move(response)); }
  explicit operator bool() const { return slot_ != nullptr; }

 private:
  template <typename Function>
  class Called final : public Slot {
   public:
    explicit Called(Function function) : function_(std::move(function)) {}
    void answer(HttpResponse response) override { function_(std::move(response)); }
    void let_go() override { delete this; }

   private:
    Function function_;
  };

  void hold() const {
    if (slot_ != nullptr) slot_->holders_.fetch_add(1, std::memory_order_relaxed);
  }

  Slot* slot_ = nullptr;
};

// Called on a server thread for each request; must not block: hand long work elsewhere and respond
// later. What it leaves of the request is used again for the next one.
using HttpHandler = std::function<void(HttpRequest&&, Respond)>;

// How many body bytes a route takes, asked when the header has arrived. A larger body is answered
// 413 by `too_large` (or a plain 413), and the connection is closed.
using BodyLimit = std::function<std::uint64_t(std::string_view method, std::string_view path)>;

struct HttpServerOptions {
  std::string listen =
      "127.0.0.1:0";     // "host:port", "[::1]:port", or "unix:/path/to/socket" (made 0600)
  int threads = 1;       // each serves its own connections, dealt out in turn
  TlsSource tls;         // plain when empty
  BodyLimit body_limit;  // kDefaultBodyLimit when empty
  // What the server's own 400, 408, 413, 431 look like, the status included; `path` as in
  // HttpRequest, empty when none was understood.
  std::function<HttpResponse(int status, std::string_view path, std::string_view why)>
      on_bad_request;
  std::chrono::milliseconds header_timeout{10'000};  // from first byte to end of header
  std::chrono::milliseconds body_timeout{30'000};    // whole body and answer
  std::chrono::milliseconds idle_timeout{60'000};    // between requests
};

class HttpServer {
 public:
  // Binds, listens and starts the threads. kCannotCreate when the address is taken or the socket
  // cannot be made; kConfiguration for a bad address.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, HttpHandler handler);

  virtual ~HttpServer() = default;  // stops at once

  virtual std::uint16_t port() const = 0;  // the bound port; 0 on a Unix socket
  // Stops accepting, lets requests that are under way finish (at most `grace`), closes, joins.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace candor
