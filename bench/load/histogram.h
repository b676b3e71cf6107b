// Latencies in buckets that are at most 1/64 wide, from a nanosecond to hours, in 30 kB.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace candor::load {

class Histogram {
 public:
  void add(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanoseconds));
    ++buckets_[std::min(bucket_of(value), kBuckets - 1)];
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
  }

  std::uint64_t count() const { return count_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  std::uint64_t max() const { return max_; }

  // The value that `fraction` of all are at most, in nanoseconds: the upper end of its bucket.
  std::uint64_t at(double fraction) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * double(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0) return std::min(upper_end(i), max_);
    }
    return max_;
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::uint64_t kParts = 1u << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits) * kParts;

  // Below kParts a bucket a value; above, kParts of them for each power of two.
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kParts) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return (shift + 1) * kParts + ((value >> shift) - kParts);
  }
  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < kParts) return bucket;
    const auto shift = bucket / kParts - 1;
    return ((bucket % kParts + kParts + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(kBuckets);
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace candor::load
