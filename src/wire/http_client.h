// An HTTP client for one request at a time, behind a seam that tests can replace.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/http_server.h"

namespace candor {

enum class ProxyUse {
  kAsConfigured,
  kNever  // whatever `proxy` and the environment say
};

struct ClientRequest {
  std::string method = "GET";
  std::string url{};  // http:// or https://
  std::string
      unix_socket{};  // path; when set, the connection goes there and the URL's host is only a name
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::string_view large_body{};  // in place of `body`, and not copied: outlives the call
  // In place of both: a body that is made while it is sent, in chunks. Gives the next piece, which
  // is there until the next call; an empty one ends the body, an error ends the request without an
  // end of the body. Each piece is asked for and sent once, on a connection of the request's own.
  std::function<Result<std::string_view>()> next_piece{};
  std::string proxy{};  // "http://user:pass@host:port"; empty: HTTPS_PROXY, HTTP_PROXY and NO_PROXY
                        // of the environment, but none to this machine
  ProxyUse proxy_use = ProxyUse::kAsConfigured;
  std::string ca_file{};  // PEM; empty: the system's
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{10'000};  // all of it
  std::uint64_t max_response_bytes = 64u << 20;
  std::function<bool()> keep_going{};  // asked between chunks; false stops the transfer (kTryAgain)
};

struct ClientResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
  std::string_view header(std::string_view name) const;  // first of that name, any case
};

// Not thread-safe: one per thread. Connections are kept and used again.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Any status is a response. kUnavailable when no whole answer came (the message says why, without
  // user or password of URL or proxy); kTryAgain when `keep_going` said stop; kBadData when the
  // answer is too large. Redirects are not followed.
  virtual Result<ClientResponse> send(const ClientRequest& request) = 0;
};

std::unique_ptr<HttpClient> make_http_client();

}  // namespace candor
