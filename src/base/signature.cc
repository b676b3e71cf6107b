#include "base/signature.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "base/digest.h"

namespace candor {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Key private_key(std::string_view bytes) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(bytes), bytes.size()),
          EVP_PKEY_free};
}

}  // namespace

SigningKey SigningKey::generate() { return *from_bytes(random_bytes(kKeyBytes)); }

Result<SigningKey> SigningKey::from_bytes(std::string_view bytes) {
  const Key key = private_key(bytes);
  std::string public_bytes(kKeyBytes, '\0');
  auto size = public_bytes.size();
  if (bytes.size() != kKeyBytes || !key ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(public_bytes.data()),
                                  &size) != 1) {
    return Error{ErrorKind::kBadData, "A signing key has exactly 32 bytes."};
  }
  return SigningKey(std::string(bytes), std::move(public_bytes));
}

std::string SigningKey::sign(std::string_view message) const {
  const Key key = private_key(private_);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(kSignatureBytes, '\0');
  auto size = signature.size();
  // Fails only without memory; an unsigned receipt must never look like a signed one.
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     raw(message), message.size()) != 1) {
    std::abort();
  }
  return signature;
}

bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature) {
  if (public_key.size() != kKeyBytes || signature.size() != kSignatureBytes) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key), public_key.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                          message.size()) == 1;
}

}  // namespace candor
