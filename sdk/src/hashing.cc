#include "hashing.h"

namespace candor::sdk {
namespace {

using library::DeclaredClass;

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

SHA2_CTX begun_with(const std::array<std::uint8_t, 32>& key, std::uint8_t pad) {
  std::array<std::uint8_t, SHA256_BLOCK_LENGTH> block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
  SHA2_CTX state;
  SHA256Init(&state);
  SHA256Update(&state, block.data(), block.size());
  return state;
}

}  // namespace

void write_hex(std::span<const std::uint8_t> bytes, char* digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const auto byte : bytes) {
    *digits++ = kDigits[byte >> 4];
    *digits++ = kDigits[byte & 15];
  }
}

std::optional<Keyed> Keyed::from_hex(std::string_view hex) {
  std::array<std::uint8_t, 32> key{};
  if (hex.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return Keyed(key);
}

Keyed::Keyed(const std::array<std::uint8_t, 32>& key)
    : inner_(begun_with(key, 0x36)), outer_(begun_with(key, 0x5c)) {}

void Keyed::end(SHA2_CTX& state, std::span<std::uint8_t, SHA256_DIGEST_LENGTH> sum) const {
  SHA256Final(sum.data(), &state);
  state = outer_;
  SHA256Update(&state, sum.data(), sum.size());
  SHA256Final(sum.data(), &state);
}

void Keyed::write_hex(std::string_view text, char* digits) const {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sum;
  auto state = begin();
  SHA256Update(&state, bytes_of(text), text.size());
  end(state, sum);
  candor::sdk::write_hex(sum, digits);
}

std::uint32_t hash_digits(DeclaredClass privacy) {
  return privacy == DeclaredClass::kMd5 ? 2 * MD5_DIGEST_LENGTH : 2 * SHA256_DIGEST_LENGTH;
}

void write_hash(DeclaredClass privacy, std::string_view text, const Keyed* key, char* digits) {
  if (privacy == DeclaredClass::kKeyed) return key->write_hex(text, digits);
  if (privacy == DeclaredClass::kMd5) {
    std::array<std::uint8_t, MD5_DIGEST_LENGTH> sum;
    MD5_CTX state;
    MD5Init(&state);
    MD5Update(&state, bytes_of(text), text.size());
    MD5Final(sum.data(), &state);
    return write_hex(sum, digits);
  }
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sum;
  SHA2_CTX state;
  SHA256Init(&state);
  SHA256Update(&state, bytes_of(text), text.size());
  SHA256Final(sum.data(), &state);
  write_hex(sum, digits);
}

}  // namespace candor::sdk
