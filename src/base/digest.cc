#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <cstring>

// The low-level SHA-256 interface is the only one that lets a keyed state be kept as a value.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace candor {
namespace {

constexpr std::size_t kBlock = 64;

std::string_view as_text(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::array<std::uint32_t, 8> keyed_state(std::string_view key, unsigned char pad) {
  unsigned char block[kBlock];
  for (std::size_t i = 0; i < kBlock; ++i) {
    block[i] = static_cast<unsigned char>(i < key.size() ? key[i] : 0) ^ pad;
  }
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, block, kBlock);
  std::array<std::uint32_t, 8> state;
  std::memcpy(state.data(), context.h, sizeof context.h);
  return state;
}

Sha256 finish(const std::array<std::uint32_t, 8>& state, std::string_view message) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::memcpy(context.h, state.data(), sizeof context.h);
  context.Nl = kBlock * 8;  // the bits of the key's block, already in the state
  SHA256_Update(&context, message.data(), message.size());
  Sha256 digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  // SHA256() looks the algorithm up by name each time, which costs more than hashing a name does.
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  Sha256 digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

Sha256 sha256(std::span<const std::string_view> texts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (const auto text : texts) {
    SHA256_Update(&context, text.data(), text.size());
    SHA256_Update(&context, "", 1);
  }
  Sha256 digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

std::string sha256_hex(std::string_view bytes) { return to_hex(as_text(sha256(bytes))); }

std::string md5_hex(std::string_view bytes) {
  unsigned char digest[MD5_DIGEST_LENGTH];
  MD5(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string sha1_hex(std::string_view bytes) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return to_hex({reinterpret_cast<const char*>(digest), sizeof digest});
}

Hmac::Hmac(std::string_view key) {
  const auto digest = sha256(key);
  const auto usable = key.size() > kBlock ? as_text(digest) : key;
  inner_ = keyed_state(usable, 0x36);
  outer_ = keyed_state(usable, 0x5c);
}

std::string Hmac::hex(std::string_view message) const {
  return to_hex(as_text(finish(outer_, as_text(finish(inner_, message)))));
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // Without randomness every identity and secret would be guessable: there is no going on.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    std::abort();
  return bytes;
}

double random_share() {
  std::uint64_t bits = 0;
  const auto bytes = random_bytes(sizeof bits);
  std::memcpy(&bits, bytes.data(), sizeof bits);
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  char* out = text.data();
  for (const unsigned char b : bytes) {
    *out++ = kDigits[b >> 4];
    *out++ = kDigits[b & 15];
  }
  return text;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  // OpenSSL counts the padding as bytes.
  bytes.resize(static_cast<std::size_t>(n) - (text.ends_with("==")  ? 2
                                              : text.ends_with("=") ? 1
                                                                    : 0));
  return bytes;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_uuid() {
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  auto text = to_hex(bytes);
  for (const std::size_t at : {8u, 13u, 18u, 23u}) text.insert(at, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace candor
