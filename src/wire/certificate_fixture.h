// A certificate for tests.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "base/files.h"
#include "wire/tls.h"

namespace candor {

// cert.pem and key.pem in that folder: a certificate for 127.0.0.1 that signs itself.
inline TlsServerOptions make_certificate(const Path& folder) {
  TlsServerOptions options;
  options.cert.file = (folder / "cert.pem").string();
  options.key.file = (folder / "key.pem").string();
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("candor"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, void (*)(BIO*)> cert_file(BIO_new_file(options.cert.file.c_str(), "w"),
                                                       BIO_free_all);
  PEM_write_bio_X509(cert_file.get(), certificate.get());
  const std::unique_ptr<BIO, void (*)(BIO*)> key_file(BIO_new_file(options.key.file.c_str(), "w"),
                                                      BIO_free_all);
  PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return options;
}

}  // namespace candor
