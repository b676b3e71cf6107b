// TLS as a server speaks it: version 1.2 and up, OpenSSL 3. The names of what can be chosen are
// those of Prometheus's web.yml (wire/web_config.h).
#pragma once

#include <openssl/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace candor {

// PEM in a file, or as it stands here. The file counts when both are named.
struct Pem {
  std::string file;
  std::string text;
  bool is_named() const { return !file.empty() || !text.empty(); }
};

// What is wanted of clients besides a password.
enum class ClientCertificate {
  kNone,             // it is not asked for
  kRequested,        // asked for; any will do, and none, too
  kAny,              // asked for; any will do
  kVerifiedIfGiven,  // none will do, but one that is there is signed by client_ca
  kVerified,         // one that is signed by client_ca
};

struct TlsServerOptions {
  Pem cert;                           // the chain, the server's own first
  Pem key;                            // not encrypted: nobody is there to type a password
  std::string min_version = "TLS12";  // "TLS12" or "TLS13"; "TLS10" and "TLS11" are taken as TLS12
  std::string max_version = "TLS13";  // "TLS12" or "TLS13"
  ClientCertificate client_certificate = ClientCertificate::kNone;
  Pem client_ca;  // certificates
  // Names, addresses or URIs of which a client's certificate has to hold one; empty: any.
  std::vector<std::string> client_allowed_sans;
  // As IANA names them; empty: OpenSSL's. With TLS 1.3 those of it, if there are any among them.
  std::vector<std::string> cipher_suites;
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curves;  // "CurveP256", "CurveP384", "CurveP521", "X25519"; empty: all
};

// Certificate, key and rules as handshakes use them; shared by connections, any thread.
using TlsServer = std::shared_ptr<SSL_CTX>;
// kConfiguration naming the key of web.yml that is wrong.
Result<TlsServer> make_tls_server(const TlsServerOptions& options);

// When its certificate stops being valid.
std::optional<Instant> not_after(const TlsServer& server);

// Whether a client that shook hands under `was` has a certificate that was verified as `is` demands
// it.
bool verifies_as(const SSL_CTX* was, const SSL_CTX* is);

// What the next connection is to be served with; asked for each, on the server's threads.
using TlsSource = std::function<TlsServer()>;
// The same for all.
TlsSource always(TlsServer tls);

}  // namespace candor
