#include "wire/certificate.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace candor {
namespace {

constexpr std::uint64_t kMaxPemBytes = 1u << 20;

}  // namespace

Result<Instant> certificate_not_after(const Path& pem) {
  CANDOR_ASSIGN(text, read_file(pem, kMaxPemBytes));
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1) {
    return Error{ErrorKind::kBadData, fmt::format("{} holds no certificate", pem.string())};
  }
  return Instant(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace candor
