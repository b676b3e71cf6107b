// What stands for a text that may not be recorded itself, as the contract's classes say. Any
// thread; no memory is allocated.
#pragma once

#include <md5.h>
#include <sha2.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "library/declarations.h"

namespace candor::sdk {

// HMAC-SHA-256 under the installation's key, its two states computed once.
class Keyed {
 public:
  // `hex` has 64 digits; nothing otherwise.
  static std::optional<Keyed> from_hex(std::string_view hex);
  void write_hex(std::string_view text, char* digits) const;  // 64
  // The same of what comes in pieces: begin() is the state before the first, SHA256Update() takes
  // them.
  SHA2_CTX begin() const { return inner_; }
  void end(SHA2_CTX& state, std::span<std::uint8_t, SHA256_DIGEST_LENGTH> sum) const;

 private:
  explicit Keyed(const std::array<std::uint8_t, 32>& key);
  SHA2_CTX inner_;
  SHA2_CTX outer_;
};

// Two lower-case digits for each byte.
void write_hex(std::span<const std::uint8_t> bytes, char* digits);

// Digits of a hash of that class, which is not kClear.
std::uint32_t hash_digits(library::DeclaredClass privacy);
// Writes so many. Requires a key for kKeyed.
void write_hash(library::DeclaredClass privacy, std::string_view text, const Keyed* key,
                char* digits);

}  // namespace candor::sdk
