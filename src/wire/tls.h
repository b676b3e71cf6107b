// TLS as both sides of Candor speak it: version 1.2 and up, OpenSSL 3.
#pragma once

#include <string>

namespace candor {

struct TlsServerOptions {
  std::string cert_file;              // PEM, the chain
  std::string key_file;               // PEM
  std::string min_version = "TLS12";  // TLS12 or TLS13, Prometheus's names
};

}  // namespace candor
