// How many requests a write key, and a network, may send a second; none of it unless configured
// (docs/decisions/036-rate-limits.md). Addresses are in memory only, and for seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "config/server_config.h"
#include "contract/catalogue.h"
#include "wire/http_server.h"

namespace candor {

// Not the clock of the wall: that one jumps.
using SteadyMoment = std::chrono::steady_clock::time_point;

// What is left of a rate: it fills up with `per_second`, to kBurstTime's worth of it. Pure.
struct TokenBucket {
  double tokens = 0;
  SteadyMoment at{};  // when there were so many

  static double size(std::uint32_t per_second);
  static TokenBucket full(std::uint32_t per_second, SteadyMoment now);
  // Fills it up to `now`; a moment before `at` fills nothing.
  void fill(std::uint32_t per_second, SteadyMoment now);
  // In how many whole seconds there is one more, at least one; of a bucket that was just filled.
  std::chrono::seconds wait(std::uint32_t per_second) const;
};

// Safe from any thread.
class RateLimits {
 public:
  // A request that is one too many.
  struct Over {
    std::chrono::seconds wait;
    std::string product;  // that it shows by prefix or key; empty when it shows none
  };

  // nullptr when no limit is configured. The catalogue outlives it.
  static std::unique_ptr<RateLimits> of(const ServerConfig& config, const Catalogue& catalogue);

  RateLimits(RateLimit limit, const std::vector<std::string>& trusted_proxies,
             const Catalogue& catalogue);

  // Counts the request, unless it is over a limit: then it counts for nothing. `prefix` is PRODUCT
  // of /p/PRODUCT/…, or empty. The body is not looked at.
  std::optional<Over> take(const HttpRequest& request, std::string_view prefix, SteadyMoment now);

  // Forgets networks that sent nothing of late; called every few seconds.
  void forget_old(SteadyMoment now);

  // Networks that are remembered now.
  std::size_t networks() const;

 private:
  using Networks = std::unordered_map<std::uint64_t, TokenBucket>;

  // The bucket of the key that the request shows, else of its prefix's product, else of all that
  // show neither.
  std::size_t key_of(const HttpRequest& request, std::string_view prefix) const;
  void turn_generations(SteadyMoment now) CANDOR_REQUIRES(mutex_);
  TokenBucket& bucket_of(std::uint64_t network, SteadyMoment now) CANDOR_REQUIRES(mutex_);

  const RateLimit limit_;
  const std::string trusted_proxies_;
  // Whose bucket has which number; both are never changed.
  std::unordered_map<std::string, std::size_t> keys_, prefixes_;
  std::vector<std::string> products_;  // of the bucket of that number; empty of the last one

  mutable Mutex mutex_;
  std::vector<TokenBucket> by_key_ CANDOR_GUARDED_BY(mutex_);
  // Two generations: the older is thrown away as a whole. By then its buckets are full again.
  Networks young_ CANDOR_GUARDED_BY(mutex_);
  Networks old_ CANDOR_GUARDED_BY(mutex_);
  SteadyMoment generation_began_ CANDOR_GUARDED_BY(mutex_){};
};

}  // namespace candor
