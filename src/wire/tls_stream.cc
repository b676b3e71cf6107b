#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "wire/byte_stream.h"
#include "wire/limits.h"
#include "wire/stopwatch.h"

namespace candor {
namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, FreeSsl>;

std::string why_it_failed(SSL* ssl) {
  const auto verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) {
    return fmt::format("its certificate is not to be believed ({})",
                       X509_verify_cert_error_string(verified));
  }
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return fmt::format("TLS failed ({})", reason == nullptr ? "the connection ended" : reason);
}

// When the first certificate of the chain ends.
std::optional<Instant> earliest_expiry(SSL* ssl) {
  std::optional<Instant> earliest;
  const auto* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    std::tm ends{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(sk_X509_value(chain, i)), &ends) != 1) continue;
    const auto at = from_unix_millis(std::int64_t{::timegm(&ends)} * 1000);
    earliest = std::min(earliest.value_or(at), at);
  }
  return earliest;
}

// OpenSSL works on two memory buffers, and `below` carries what is in them: so TLS runs over any
// stream, over that of a proxy that speaks TLS itself as well.
class TlsStream final : public ByteStream {
 public:
  TlsStream(std::unique_ptr<ByteStream> below, TrustStore trust)
      : below_(std::move(below)), trust_(std::move(trust)), ssl_(SSL_new(trust_.get())) {
    incoming_ = BIO_new(BIO_s_mem());
    outgoing_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(incoming_, -1);
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);  // takes both
  }

  Status handshake(const std::string& host, const Pace& pace) {
    auto* expected = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) != 1 &&
        (SSL_set1_host(ssl_.get(), host.c_str()) != 1 ||
         SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1)) {
      return Error{ErrorKind::kUnavailable, "its name cannot be checked"};
    }
    SSL_set_connect_state(ssl_.get());
    CANDOR_ASSIGN(done, run([this] { return SSL_do_handshake(ssl_.get()); }, pace));
    return done > 0 ? flush(pace)
                    : Status(Error{ErrorKind::kUnavailable, "it ended the connection"});
  }

  std::optional<Instant> expiry() const { return earliest_expiry(ssl_.get()); }

  Result<std::size_t> read(std::span<char> into, const Pace& pace) override {
    return run([&] { return SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())); },
               pace);
  }

  Result<std::size_t> write(std::string_view bytes, const Pace& pace) override {
    const auto piece = bytes.substr(0, kMaxPieceBytes);
    CANDOR_ASSIGN(
        written,
        run([&] { return SSL_write(ssl_.get(), piece.data(), static_cast<int>(piece.size())); },
            pace));
    if (written == 0) return Error{ErrorKind::kUnavailable, "it ended the connection"};
    CANDOR_TRY(flush(pace));
    return written;
  }

  bool is_idle() const override {
    return SSL_pending(ssl_.get()) == 0 && BIO_pending(incoming_) == 0 && below_->is_idle();
  }

 private:
  // Repeats `step` until it is done; 0 when the other side has ended.
  template <typename Step>
  Result<std::size_t> run(Step step, const Pace& pace) {
    for (;;) {
      ERR_clear_error();
      const int n = step();
      if (n > 0) return static_cast<std::size_t>(n);
      CANDOR_TRY(flush(pace));
      switch (SSL_get_error(ssl_.get(), n)) {
        case SSL_ERROR_WANT_READ:
          break;
        case SSL_ERROR_ZERO_RETURN:
          return std::size_t{0};
        default:
          return Error{ErrorKind::kUnavailable, why_it_failed(ssl_.get())};
      }
      char buffer[kTlsPieceBytes];
      CANDOR_ASSIGN(got, below_->read(buffer, pace));
      // An end without TLS's own may be somebody cutting the answer short; HTTP's lengths tell.
      if (got == 0) return std::size_t{0};
      BIO_write(incoming_, buffer, static_cast<int>(got));
    }
  }

  Status flush(const Pace& pace) {
    char* bytes = nullptr;
    std::string_view left(bytes, 0);
    const auto size = BIO_get_mem_data(outgoing_, &bytes);
    if (size > 0) left = {bytes, static_cast<std::size_t>(size)};
    while (!left.empty()) {
      CANDOR_ASSIGN(written, below_->write(left, pace));
      left.remove_prefix(written);
    }
    BIO_reset(outgoing_);
    return Ok{};
  }

  std::unique_ptr<ByteStream> below_;
  TrustStore trust_;
  Ssl ssl_;
  BIO* incoming_ = nullptr;  // ssl_'s
  BIO* outgoing_ = nullptr;  // ssl_'s
};

}  // namespace

Result<TrustStore> load_trust(const Path& ca_file) {
  TrustStore trust(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(trust.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(trust.get(), SSL_VERIFY_PEER, nullptr);
  const bool loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(trust.get()) == 1
                                      : SSL_CTX_load_verify_file(trust.get(), ca_file.c_str()) == 1;
  if (loaded) return trust;
  return Error{ErrorKind::kConfiguration,
               fmt::format("{} holds no certificates that can be read (PEM).",
                           ca_file.empty() ? "The system's certificate store" : ca_file.string())};
}

Result<std::unique_ptr<ByteStream>> start_tls(std::unique_ptr<ByteStream> below, TrustStore trust,
                                              const std::string& host, const Pace& pace,
                                              ConnectWatch* watch) {
  ConnectWatch unwatched;
  auto& seen = watch == nullptr ? unwatched : *watch;
  seen.stage = ConnectWatch::Stage::kTls;
  const Stopwatch handshaking(seen.tls);
  auto stream = std::make_unique<TlsStream>(std::move(below), std::move(trust));
  const auto shaken = stream->handshake(host, pace);
  seen.certificate_expiry = stream->expiry();
  CANDOR_TRY(shaken);
  seen.stage = ConnectWatch::Stage::kUp;
  return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace candor
