#include "server/rate_limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "server/limits.h"
#include "server/protocol/submission.h"
#include "visitor/client_address.h"
#include "wire/network.h"

namespace candor {
namespace {

double seconds_between(SteadyMoment from, SteadyMoment to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

double TokenBucket::size(std::uint32_t per_second) {
  return static_cast<double>(per_second) * static_cast<double>(kBurstTime.count());
}

TokenBucket TokenBucket::full(std::uint32_t per_second, SteadyMoment now) {
  return {size(per_second), now};
}

void TokenBucket::fill(std::uint32_t per_second, SteadyMoment now) {
  if (now <= at) return;
  tokens = std::min(tokens + seconds_between(at, now) * per_second, size(per_second));
  at = now;
}

std::chrono::seconds TokenBucket::wait(std::uint32_t per_second) const {
  const auto missing = std::max(1.0 - tokens, 0.0) / per_second;
  return std::chrono::seconds(std::max<std::int64_t>(std::llround(std::ceil(missing)), 1));
}

std::unique_ptr<RateLimits> RateLimits::of(const ServerConfig& config, const Catalogue& catalogue) {
  if (config.rate_limit.per_key == 0 && config.rate_limit.per_network == 0) return nullptr;
  return std::make_unique<RateLimits>(config.rate_limit, config.trusted_proxies, catalogue);
}

RateLimits::RateLimits(RateLimit limit, const std::vector<std::string>& trusted_proxies,
                       const Catalogue& catalogue)
    : limit_(limit), trusted_proxies_(fmt::format("{}", fmt::join(trusted_proxies, ","))) {
  for (const auto& product : catalogue.products()) {
    prefixes_.emplace(product.name(), products_.size());
    products_.push_back(product.name());
    for (const auto& key : product.write_keys) {
      keys_.emplace(key, products_.size());
      products_.push_back(product.name());
    }
  }
  products_.emplace_back();
  by_key_.assign(products_.size(), TokenBucket::full(limit_.per_key, SteadyMoment()));
}

std::size_t RateLimits::key_of(const HttpRequest& request, std::string_view prefix) const {
  if (const auto key = write_key_of(request)) {
    if (const auto found = keys_.find(*key); found != keys_.end()) return found->second;
  }
  const auto found = prefixes_.find(std::string(prefix));
  return found == prefixes_.end() ? products_.size() - 1 : found->second;
}

void RateLimits::turn_generations(SteadyMoment now) {
  const auto age = now - generation_began_;
  if (age < kBurstTime && young_.size() < kMaxLimitedNetworks / 2) return;
  old_ = age < 2 * kBurstTime ? std::move(young_) : Networks();
  young_.clear();
  generation_began_ = now;
}

void RateLimits::forget_old(SteadyMoment now) {
  const MutexLock lock(mutex_);
  turn_generations(now);
}

TokenBucket& RateLimits::bucket_of(std::uint64_t network, SteadyMoment now) {
  turn_generations(now);
  if (const auto found = young_.find(network); found != young_.end()) return found->second;
  const auto before = old_.extract(network);
  const auto bucket = before.empty() ? TokenBucket::full(limit_.per_network, now) : before.mapped();
  return young_.emplace(network, bucket).first->second;
}

std::optional<RateLimits::Over> RateLimits::take(const HttpRequest& request,
                                                 std::string_view prefix, SteadyMoment now) {
  const auto network =
      limit_.per_network == 0 ? 0 : network_of(nearest_address(request, trusted_proxies_));
  const auto key = key_of(request, prefix);
  const MutexLock lock(mutex_);
  // Both are looked at before one is taken from: what is refused uses up nothing.
  auto* const of_network = network == 0 ? nullptr : &bucket_of(network, now);
  auto* const of_key = limit_.per_key == 0 ? nullptr : &by_key_[key];
  std::chrono::seconds wait{0};
  const auto look = [&](TokenBucket* bucket, std::uint32_t per_second) {
    if (bucket == nullptr) return;
    bucket->fill(per_second, now);
    if (bucket->tokens < 1) wait = std::max(wait, bucket->wait(per_second));
  };
  look(of_network, limit_.per_network);
  look(of_key, limit_.per_key);
  if (wait.count() > 0) return Over{wait, products_[key]};
  if (of_network != nullptr) of_network->tokens -= 1;
  if (of_key != nullptr) of_key->tokens -= 1;
  return std::nullopt;
}

std::size_t RateLimits::networks() const {
  const MutexLock lock(mutex_);
  return young_.size() + old_.size();
}

}  // namespace candor
