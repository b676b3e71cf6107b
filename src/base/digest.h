// Hashes, keyed hashes, random bytes, and bytes as text. All from OpenSSL 3.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace candor {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
// Of the texts, a zero byte behind each.
Sha256 sha256(std::span<const std::string_view> texts);
std::string sha256_hex(std::string_view bytes);
std::string md5_hex(std::string_view bytes);
std::string sha1_hex(std::string_view bytes);  // for what clients hash so

// HMAC-SHA-256 under one key, its state computed once (docs/decisions: 104 ns against 1066 ns a
// call).
class Hmac {
 public:
  explicit Hmac(std::string_view key);
  std::string hex(std::string_view message) const;  // 64 lower-case hex digits; any thread

 private:
  std::array<std::uint32_t, 8> inner_;
  std::array<std::uint32_t, 8> outer_;
};

// Bytes that nobody can guess (the kernel's generator).
std::string random_bytes(std::size_t count);

// From [0, 1), drawn of those: for moments that do not follow from earlier ones.
double random_share();

std::string to_hex(std::string_view bytes);  // lower case
bool is_hex(std::string_view text);          // nothing but digits as to_hex() writes them
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// Compares in a time that tells nothing but the lengths.
bool equal_secrets(std::string_view a, std::string_view b);

// A random UUID (version 4), lower case: the identity of an installation.
std::string random_uuid();
// Whether the text is a UUID in its canonical lower-case form (any version).
bool is_uuid(std::string_view text);

}  // namespace candor
