// An HTTP/1.1 server: sockets, TLS, limits and time-outs on this side; a function from request to
// response on the other. Boost.Beast stays behind this seam (docs/decisions/002-http.md).
//
// The server stores nothing about its clients: the address of a peer lives in the Request and goes
// with it.
#pragma once

#include <chrono>
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
// when the last copy is gone.
using Respond = std::function<void(HttpResponse)>;

// Called on a server thread for each request; must not block: hand long work elsewhere and respond
// later.
using HttpHandler = std::function<void(HttpRequest, Respond)>;

// How many body bytes a route takes, asked when the header has arrived. A larger body is answered
// 413 by `too_large` (or a plain 413), and the connection is closed.
using BodyLimit = std::function<std::uint64_t(std::string_view method, std::string_view path)>;

struct HttpServerOptions {
  std::string listen =
      "127.0.0.1:0";  // "host:port", "[::1]:port", or "unix:/path/to/socket" (made 0600)
  int threads = 1;
  std::optional<TlsServerOptions> tls;  // plain when absent
  BodyLimit body_limit;                 // kDefaultBodyLimit when empty
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
  // cannot be made; kConfiguration for a bad address or certificate.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, HttpHandler handler);

  virtual ~HttpServer() = default;  // stops at once

  virtual std::uint16_t port() const = 0;  // the bound port; 0 on a Unix socket
  // Stops accepting, lets requests that are under way finish (at most `grace`), closes, joins.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace candor
