#include "simulate/random.h"

#include <cassert>

namespace candor {
namespace {

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Dice::Dice(std::initializer_list<std::uint64_t> keys) {
  for (const auto key : keys) state_ = mixed(state_ + kStep) ^ mixed(key + kStep);
}

std::uint64_t Dice::next() { return mixed(state_ += kStep); }

std::uint64_t Dice::below(std::uint64_t n) {
  assert(n > 0);
  return next() % n;
}

std::int64_t Dice::between(std::int64_t low, std::int64_t high) {
  assert(low <= high);
  const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (span == ~std::uint64_t{0}) return static_cast<std::int64_t>(next());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(span + 1));
}

bool Dice::chance(unsigned per_mille) { return below(1000) < per_mille; }

std::int64_t Dice::pick(std::span<const Quantile> distribution) {
  const auto at = static_cast<std::int64_t>(below(1'000'000));
  for (std::size_t i = 1; i < distribution.size(); ++i) {
    const auto& low = distribution[i - 1];
    const auto& high = distribution[i];
    if (at >= high.per_million) continue;
    return low.value +
           (high.value - low.value) * (at - low.per_million) / (high.per_million - low.per_million);
  }
  return distribution.back().value;
}

std::size_t Dice::weighted(std::span<const unsigned> weights) {
  std::uint64_t sum = 0;
  for (const auto weight : weights) sum += weight;
  auto at = below(sum);
  std::size_t index = 0;
  while (at >= weights[index]) at -= weights[index++];
  return index;
}

std::string Dice::hex(std::size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes);
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 2 * bytes; ++i, word >>= 4) {
    if (i % 16 == 0) word = next();
    text += kDigits[word & 15];
  }
  return text;
}

std::string Dice::uuid() {
  auto text = hex(16);
  text[12] = '4';
  text[16] = "89ab"[text[16] & 3];
  for (const std::size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

std::uint64_t key_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

}  // namespace candor
