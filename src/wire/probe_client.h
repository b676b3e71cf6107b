// An HTTP client that looks at how a request goes: how long each part takes, which certificate
// there is, and at what it failed. For targets that may be hostile.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "wire/byte_stream.h"
#include "wire/http_server.h"
#include "wire/url.h"

namespace candor {

// The parts of a request, as Prometheus's blackbox exporter has them.
struct ProbePhases {
  std::chrono::microseconds resolve{};
  std::chrono::microseconds connect{};
  std::chrono::microseconds tls{};
  std::chrono::microseconds processing{};  // from the request to the answer's header
  std::chrono::microseconds transfer{};    // the rest of the answer

  ProbePhases& operator+=(const ProbePhases& more) {
    resolve += more.resolve;
    connect += more.connect;
    tls += more.tls;
    processing += more.processing;
    transfer += more.transfer;
    return *this;
  }
};

enum class ProbeFailure {
  kDns,        // the name has no address
  kConnect,    // no connection, or it broke before the answer was whole
  kForbidden,  // to an address to which none may go
  kTls,
  kTimeout,
  kStopped,        // `keep_going` said so
  kTooLarge,       // header or body, packed or unpacked
  kNoHttp,         // what came is no HTTP, or its body is damaged
  kMisconfigured,  // `ca_file` cannot be read, or the environment's proxy is none
};

struct ProbeRequest {
  std::string method = "GET";
  Url url{};  // its user and password, where there are some, are sent as Basic
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::string ca_file{};                      // PEM; empty: the system's
  std::uint64_t max_body_bytes = 512u << 10;  // packed, and unpacked
};

struct ProbeAnswer {
  std::optional<ProbeFailure> failure{};
  std::string message{};  // why, half a sentence; empty where there is no failure
  int status = 0;         // 0: none came
  std::vector<HttpHeader> headers{};
  std::string body{};  // unpacked
  ProbePhases phases{};
  std::optional<Instant> certificate_expiry{};  // the earliest of the chain
  bool was_sent = false;  // the whole request was, so that it may have been done without an answer

  std::string_view header(std::string_view name) const;  // first of that name, any case
};

// Each request on a connection of its own, in the open or by TLS 1.2 or newer, through the
// environment's proxy but to this machine; never to a link-local address, whatever name led there.
// Through a proxy it is the proxy that looks names up: only addresses are held back.
// Redirects are not followed and cookies not kept. One thread at a time.
class ProbeClient {
 public:
  virtual ~ProbeClient() = default;
  // Over by the pace's deadline. Any status is an answer.
  virtual ProbeAnswer send(const ProbeRequest& request, const Pace& pace) = 0;
};

std::unique_ptr<ProbeClient> make_probe_client();

// Whether an address is one that no request may be led to: link-local, where clouds tell machines
// their secrets (169.254.0.0/16, fe80::/10, also as IPv4 in IPv6), or none at all.
bool is_forbidden_address(const sockaddr& address);
// The same of a URL's host, however an address is written there (169.254.169.254, 2852039166,
// 0xa9fea9fe, fe80::1%eth0); false for names.
bool is_forbidden_host(const std::string& host);

}  // namespace candor
