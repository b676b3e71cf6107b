// Ed25519 signatures: the collector's receipts.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

// A private key. Copies share nothing; safe to sign with from any thread.
class SigningKey {
 public:
  static SigningKey generate();
  // From 32 raw bytes as `bytes()` gives them; kBadData otherwise.
  static Result<SigningKey> from_bytes(std::string_view bytes);

  const std::string& bytes() const { return private_; }      // 32 bytes; secret
  const std::string& public_key() const { return public_; }  // 32 bytes
  std::string sign(std::string_view message) const;          // 64 bytes

 private:
  SigningKey(std::string private_key, std::string public_key)
      : private_(std::move(private_key)), public_(std::move(public_key)) {}
  std::string private_;
  std::string public_;
};

bool verify_signature(std::string_view public_key, std::string_view message,
                      std::string_view signature);

}  // namespace candor
