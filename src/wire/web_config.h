// web.yml: TLS, users and headers, in the format of Prometheus's exporter-toolkit, with all its
// keys.
//
// Taken for what they are worth here: http2 (HTTP/1.1 is spoken), TLS10 and TLS11 as min_version
// (1.2 is the oldest). Refused, where it is taken there and does nothing or shuts everybody out:
// TLS10 and TLS11 as max_version, client_allowed_sans where a client may show no certificate, a
// rate_limit without burst.
// https://prometheus.io/docs/prometheus/latest/configuration/https/
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "wire/basic_auth.h"
#include "wire/http_server.h"
#include "wire/tls.h"

namespace candor {

// One request every `interval`, and `burst` at once.
struct WebRateLimit {
  std::chrono::nanoseconds interval{0};  // 0: as many as come
  int burst = 0;
};

struct WebConfig {
  std::optional<TlsServerOptions> tls;
  std::vector<HttpHeader> headers;  // of each answer
  WebRateLimit rate_limit;
  UserHashes users;
};

// Relative paths in it are relative to its folder. kConfiguration with file, line and column.
Result<WebConfig> read_web_config(const Path& file);

// The text of the file with that user's entry added or replaced; the rest stays as it is.
Result<std::string> with_user(std::string_view text, const std::string& name,
                              const std::string& bcrypt_hash);

}  // namespace candor
