// Chance that is the same on every machine: whole numbers only, no generator or distribution of the
// standard library, whose results differ from one library to the next.
//
// The generator is splitmix64: state += 0x9E3779B97F4A7C15, and the result is the state mixed by
// z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9; z = (z ^ z >> 27) * 0x94D049BB133111EB; z ^ z >> 31.
// A Dice starts from a list of keys, (seed, installation, day, …), mixed in one after the other, so
// that any value of any installation on any day can be made without making those before it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace candor {

// A point of a distribution: so many of a million values are at most `value`.
struct Quantile {
  std::int64_t per_million = 0;
  std::int64_t value = 0;
};

// A value; copies give the same sequence. Not thread-safe.
class Dice {
 public:
  explicit Dice(std::initializer_list<std::uint64_t> keys);

  std::uint64_t next();
  // 0 … n - 1; n must be at least 1. The bias of the remainder is below n / 2^64.
  std::uint64_t below(std::uint64_t n);
  // low … high, both included; high must not be less than low.
  std::int64_t between(std::int64_t low, std::int64_t high);
  bool chance(unsigned per_mille);
  // By a distribution that begins at 0 and ends at 1'000'000, in a straight line between its
  // points.
  std::int64_t pick(std::span<const Quantile> distribution);
  // An index, each as likely as its weight; the weights must not all be 0.
  std::size_t weighted(std::span<const unsigned> weights);
  template <typename T, std::size_t kSize>
  const T& one_of(const std::array<T, kSize>& values) {
    return values[below(kSize)];
  }
  // So many random bytes as lower-case hex digits.
  std::string hex(std::size_t bytes);
  // A UUID of version 4.
  std::string uuid();

 private:
  std::uint64_t state_ = 0;
};

// A key for a Dice, of a name (FNV-1a).
std::uint64_t key_of(std::string_view name);

}  // namespace candor
