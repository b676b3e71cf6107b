#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "base/files.h"
#include "wire/http_socket.h"
#include "wire/limits.h"
#include "wire/tls.h"

namespace candor {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Error wrong(std::string_view key, std::string_view what) {
  ERR_clear_error();
  return Error{ErrorKind::kConfiguration, fmt::format("{} {}", key, what)};
}

// "cert_file /etc/candor/cert.pem", or "cert" for what stands in web.yml itself.
std::string name_of(const Pem& pem, std::string_view key) {
  return pem.file.empty() ? std::string(key) : fmt::format("{}_file {}", key, pem.file);
}

Result<std::string> text_of(const Pem& pem, std::string_view key) {
  if (pem.file.empty()) return pem.text;
  auto text = read_file(pem.file, kMaxPemBytes);
  if (!text.ok()) return wrong(name_of(pem, key), "cannot be read: " + text.error().message);
  return text;
}

// Asking a terminal for a password would stop a service for good.
int no_password(char*, int, int, void*) { return 0; }

// `text` is what stands in it.
Result<std::vector<Certificate>> certificates_of(const Pem& pem, std::string_view key,
                                                 const std::string& text) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<Certificate> certificates;
  while (auto* one = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr))
    certificates.emplace_back(one);
  const auto end = ERR_peek_last_error();
  const bool is_whole =
      ERR_GET_LIB(end) == ERR_LIB_PEM && ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
  if (certificates.empty() || !is_whole)
    return wrong(name_of(pem, key), "holds no PEM certificate that can be read.");
  ERR_clear_error();
  return certificates;
}

Status use_certificate(SSL_CTX* context, const TlsServerOptions& options) {
  CANDOR_ASSIGN(certificates, text_of(options.cert, "cert"));
  CANDOR_ASSIGN(chain, certificates_of(options.cert, "cert", certificates));
  bool taken = SSL_CTX_use_certificate(context, chain.front().get()) == 1;
  for (std::size_t i = 1; i < chain.size() && taken; ++i)
    taken = SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  if (!taken) return wrong(name_of(options.cert, "cert"), "holds no certificate for a server.");
  CANDOR_ASSIGN(text, text_of(options.key, "key"));
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return wrong(name_of(options.key, "key"), "holds no PEM key without a password.");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return wrong(name_of(options.key, "key"),
                 fmt::format("is not the key of {}.", name_of(options.cert, "cert")));
  return Ok{};
}

// SSL 3 and TLS 1.0 and 1.1 are not spoken, whoever allows them.
Status use_versions(SSL_CTX* context, const TlsServerOptions& options) {
  const bool only_13 = options.min_version == "TLS13", only_12 = options.max_version == "TLS12";
  if (only_13 && only_12) return wrong("min_version", "is later than max_version.");
  SSL_CTX_set_min_proto_version(context, only_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, only_12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  return Ok{};
}

Status use_ciphers(SSL_CTX* context, const TlsServerOptions& options) {
  if (options.prefer_server_cipher_suites)
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  std::string of_12, of_13;
  for (const auto& suite : options.cipher_suites) {
    const std::string_view name = OPENSSL_cipher_name(suite.c_str());
    if (name == "(NONE)")
      return wrong("cipher_suites", fmt::format("has \"{}\", which is no known one.", suite));
    // Those of 1.3 say nothing of keys and signatures.
    const bool is_of_13 = suite.find("_WITH_") == std::string::npos;
    auto& list = is_of_13 ? of_13 : of_12;
    list += (list.empty() ? "" : ":") + (is_of_13 ? suite : std::string(name));
  }
  if (!of_13.empty() && SSL_CTX_set_ciphersuites(context, of_13.c_str()) != 1)
    return wrong("cipher_suites", "has suites of TLS 1.3 that are not spoken here.");
  if (!of_12.empty() && SSL_CTX_set_cipher_list(context, of_12.c_str()) != 1)
    return wrong("cipher_suites", "has suites that are not spoken here.");
  if (!of_12.empty() || of_13.empty()) return Ok{};
  // A list without any for TLS 1.2 allows none of it.
  if (options.max_version == "TLS12")
    return wrong("cipher_suites", "has none for TLS 1.2, and max_version is TLS12.");
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  return Ok{};
}

Status use_curves(SSL_CTX* context, const TlsServerOptions& options) {
  std::string list;
  for (const auto& curve : options.curves) {
    const auto* name = curve == "CurveP256"   ? "P-256"
                       : curve == "CurveP384" ? "P-384"
                       : curve == "CurveP521" ? "P-521"
                       : curve == "X25519"    ? "X25519"
                                              : nullptr;
    if (name == nullptr) {
      return wrong(
          "curve_preferences",
          fmt::format("has \"{}\" and not CurveP256, CurveP384, CurveP521 or X25519.", curve));
    }
    list += (list.empty() ? "" : ":") + std::string(name);
  }
  if (!list.empty() && SSL_CTX_set1_groups_list(context, list.c_str()) != 1)
    return wrong("curve_preferences", "has curves that are not spoken here.");
  return Ok{};
}

// What is asked of a client's certificate; belongs to the context.
struct ClientRules {
  bool is_verified = false;
  bool is_required = false;
  std::string authorities;  // PEM
  std::vector<std::string> allowed_sans;
  bool operator==(const ClientRules&) const = default;
};

std::string text_of(const GENERAL_NAME& name) {
  const auto text = [](const ASN1_STRING* string) {
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                       static_cast<std::size_t>(ASN1_STRING_length(string)));
  };
  switch (name.type) {
    case GEN_DNS:
      return text(name.d.dNSName);
    case GEN_EMAIL:
      return text(name.d.rfc822Name);
    case GEN_URI:
      return text(name.d.uniformResourceIdentifier);
    case GEN_IPADD: {
      const auto bytes = text(name.d.iPAddress);
      char shown[INET6_ADDRSTRLEN] = "";
      if (bytes.size() == 4 || bytes.size() == 16)
        ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), shown, sizeof shown);
      return shown;
    }
    default:
      return {};
  }
}

bool holds_one(X509* certificate, const std::vector<std::string>& allowed) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); ++i) {
    const auto text = text_of(*sk_GENERAL_NAME_value(names, i));
    found = !text.empty() && std::ranges::find(allowed, text) != allowed.end();
  }
  GENERAL_NAMES_free(names);
  return found;
}

// OpenSSL's: takes the place of its own verification.
int verify_client(X509_STORE_CTX* store, void* argument) {
  const auto& rules = *static_cast<const ClientRules*>(argument);
  if (rules.is_verified && X509_verify_cert(store) != 1) return 0;
  if (rules.allowed_sans.empty() || holds_one(X509_STORE_CTX_get0_cert(store), rules.allowed_sans))
    return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

void forget_rules(void*, void* rules, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<ClientRules*>(rules);
}

int place_of_rules() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, forget_rules);
  return place;
}

// The context keeps what is handed in: connections keep the context for as long as they shake
// hands.
void* keep_with(SSL_CTX* context, std::unique_ptr<ClientRules> rules) {
  auto* kept = rules.release();
  SSL_CTX_set_ex_data(context, place_of_rules(), kept);
  return kept;
}

Status use_client_rules(SSL_CTX* context, const TlsServerOptions& options) {
  using Wanted = ClientCertificate;
  const auto wanted = options.client_certificate;
  if (wanted == Wanted::kNone && options.client_ca.is_named())
    return wrong("client_ca_file", "is set, and client_auth_type asks for no certificate.");
  const bool is_required = wanted == Wanted::kAny || wanted == Wanted::kVerified;
  if (!options.client_allowed_sans.empty() && !is_required) {
    return wrong("client_allowed_sans",
                 "needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert.");
  }
  if (wanted == Wanted::kNone) return Ok{};
  auto rules = std::make_unique<ClientRules>();
  rules->is_verified = wanted == Wanted::kVerifiedIfGiven || wanted == Wanted::kVerified;
  rules->is_required = is_required;
  rules->allowed_sans = options.client_allowed_sans;
  if (rules->is_verified && !options.client_ca.is_named())
    return wrong("client_auth_type", "verifies certificates, and there is no client_ca_file.");
  if (options.client_ca.is_named()) {
    CANDOR_ASSIGN(text, text_of(options.client_ca, "client_ca"));
    CANDOR_ASSIGN(authorities, certificates_of(options.client_ca, "client_ca", text));
    rules->authorities = std::move(text);
    for (const auto& authority : authorities) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
      SSL_CTX_add_client_CA(context, authority.get());
    }
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_client, keep_with(context, std::move(rules)));
  return Ok{};
}

}  // namespace

Result<TlsServer> make_tls_server(const TlsServerOptions& options) {
  TlsServer context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  CANDOR_TRY(use_versions(context.get(), options));
  CANDOR_TRY(use_certificate(context.get(), options));
  CANDOR_TRY(use_ciphers(context.get(), options));
  CANDOR_TRY(use_curves(context.get(), options));
  CANDOR_TRY(use_client_rules(context.get(), options));
  prepare_for_sockets(context.get());
  return context;
}

std::optional<Instant> not_after(const TlsServer& server) {
  tm parts{};
  const auto* certificate = SSL_CTX_get0_certificate(server.get());
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1)
    return std::nullopt;
  return Instant(std::chrono::seconds(::timegm(&parts)));
}

bool verifies_as(const SSL_CTX* was, const SSL_CTX* is) {
  const auto rules_of = [](const SSL_CTX* server) {
    return static_cast<const ClientRules*>(SSL_CTX_get_ex_data(server, place_of_rules()));
  };
  const auto* then = rules_of(was);
  const auto* now = rules_of(is);
  return now != nullptr && now->is_verified && now->is_required && then != nullptr && *then == *now;
}

TlsSource always(TlsServer tls) {
  return [tls = std::move(tls)] { return tls; };
}

}  // namespace candor
