#include "server/rate_limits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/contract.h"
#include "server/limits.h"

namespace candor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyMoment kBegin{std::chrono::hours(1)};

TEST(TokenBucketTest, HoldsSomeSecondsOfItsRateAndFillsUp) {
  auto bucket = TokenBucket::full(2, kBegin);
  EXPECT_EQ(bucket.tokens, 20);
  bucket.tokens = 0;
  EXPECT_EQ(bucket.wait(2), seconds(1));
  bucket.fill(2, kBegin + milliseconds(250));
  EXPECT_DOUBLE_EQ(bucket.tokens, 0.5);
  bucket.fill(2, kBegin);  // a thread that looked at the clock before another
  EXPECT_DOUBLE_EQ(bucket.tokens, 0.5);
  bucket.fill(2, kBegin + std::chrono::hours(1));
  EXPECT_EQ(bucket.tokens, 20);
}

class RateLimitsTest : public testing::Test {
 protected:
  RateLimitsTest() {
    std::vector<Catalogue::Entry> entries;
    for (const auto* name : {"one", "two"}) {
      auto contract = parse_contract(
          fmt::format("candor = 1\n[product]\nname = \"{}\"\ncontact = \"c@example.com\"\n"
                      "[[channel]]\nname = \"basic\"\nabout = \"B.\"\nowner = \"o\"\nfields = [\n"
                      "  {{ path = \"a\", type = \"integer\", max = 10, about = \"A.\" }},\n]\n",
                      name),
          "p.toml");
      EXPECT_TRUE(contract.ok()) << contract.error().message;
      entries.push_back({std::make_shared<const Contract>(*std::move(contract)),
                         {std::string(name) + "-key"},
                         false});
    }
    catalogue_ = *Catalogue::open(std::move(entries), archive_.path());
  }

  void limit(RateLimit limit, const std::vector<std::string>& proxies = {}) {
    limits_ = std::make_unique<RateLimits>(limit, proxies, catalogue_);
  }
  std::optional<RateLimits::Over> take(std::string peer, std::vector<HttpHeader> headers = {},
                                       std::string query = "", std::string_view prefix = "") {
    HttpRequest request;
    request.peer = std::move(peer);
    request.headers = std::move(headers);
    request.query = std::move(query);
    return limits_->take(request, prefix, now_);
  }
  // How many of them are taken at this moment.
  template <typename... Arguments>
  int taken(const Arguments&... arguments) {
    int count = 0;
    while (count < 1'000 && !take(arguments...)) ++count;
    return count;
  }

  TemporaryFolder archive_;
  Catalogue catalogue_;
  std::unique_ptr<RateLimits> limits_;
  SteadyMoment now_ = kBegin;
};

TEST_F(RateLimitsTest, NoneIsMadeUnlessConfigured) {
  ServerConfig config;
  EXPECT_EQ(RateLimits::of(config, catalogue_), nullptr);
  config.rate_limit.per_network = 1;
  EXPECT_NE(RateLimits::of(config, catalogue_), nullptr);
}

TEST_F(RateLimitsTest, EachNetworkHasItsOwn) {
  limit({0, 2});
  EXPECT_EQ(taken("192.0.2.1"), 20);
  EXPECT_EQ(taken("192.0.2.99"), 0);
  EXPECT_EQ(taken("192.0.3.1"), 20);
  EXPECT_EQ(take("192.0.2.1")->wait, seconds(1));
  EXPECT_EQ(take("192.0.2.1")->product, "");
  now_ += seconds(1);
  EXPECT_EQ(taken("192.0.2.1"), 2);
  EXPECT_EQ(taken(""), 1'000) << "a Unix socket has no network";
}

TEST_F(RateLimitsTest, EachKeyHasItsOwnAndOneThatIsNobodysHasNone) {
  limit({3, 0});
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=one-key"), 30);
  EXPECT_EQ(take("198.51.100.1", {}, "key=one-key")->product, "one");
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{{"Authorization", "Basic dHdvLWtleTo="}}),
            30);  // two-key
  // By their product's prefix; and all that show neither share one: else each made-up key had more.
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=mine", "two"), 30);
  EXPECT_EQ(take("192.0.2.1", {}, "", "two")->product, "two");
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=mine"), 30);
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=another"), 0);
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "", "nobody"), 0);
}

TEST_F(RateLimitsTest, WhatIsRefusedUsesUpNothing) {
  limit({1, 2});
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=one-key"), 10);
  EXPECT_EQ(taken("192.0.2.1", std::vector<HttpHeader>{}, "key=two-key"), 10);
}

TEST_F(RateLimitsTest, HeadersCountFromTrustedProxiesAlone) {
  limit({0, 1}, {"10.0.0.0/8"});
  const auto from = [](std::string text) {
    return std::vector<HttpHeader>{{"X-Forwarded-For", std::move(text)}};
  };
  EXPECT_EQ(taken("192.0.2.1", from("203.0.113.1")), 10);
  EXPECT_EQ(taken("192.0.2.1", from("203.0.113.2")), 0);
  EXPECT_EQ(taken("10.0.0.1", from("203.0.113.1")), 10);
  EXPECT_EQ(taken("10.0.0.1", from("203.0.113.9")), 0);
  // What the client wrote itself stands before what its proxy adds.
  EXPECT_EQ(taken("10.0.0.1", from("198.51.100.77, 203.0.113.1")), 0);
  EXPECT_EQ(taken("10.0.0.1", from("198.51.100.77, 203.0.113.1, 10.0.0.2")), 0);
  EXPECT_EQ(taken("10.0.0.1", std::vector<HttpHeader>{{"X-Forwarded-For", "198.51.100.78"},
                                                      {"x-forwarded-for", "203.0.113.1"}}),
            0);
  EXPECT_EQ(taken("10.0.0.1", from("rubbish")), 10) << "the proxy's own network";
}

TEST_F(RateLimitsTest, RemembersNetworksForSecondsAndABoundedNumber) {
  limit({0, 1});
  for (int i = 0; i < 200'000; ++i)
    EXPECT_FALSE(take(fmt::format("{}.{}.{}.1", 1 + i / 65536, i / 256 % 256, i % 256)));
  EXPECT_LE(limits_->networks(), kMaxLimitedNetworks);
  now_ += kBurstTime;
  EXPECT_FALSE(take("192.0.2.1"));
  now_ += kBurstTime;
  EXPECT_FALSE(take("192.0.3.1"));
  EXPECT_EQ(limits_->networks(), 2u);
}

TEST_F(RateLimitsTest, ANetworkThatGoesOnIsNotForgotten) {
  limit({0, 1});
  EXPECT_EQ(taken("192.0.2.1"), 10);
  int more = 0;
  for (int second = 0; second < 100; ++second) {
    now_ += seconds(1);
    more += taken("192.0.2.1");
  }
  EXPECT_EQ(more, 100);
}

}  // namespace
}  // namespace candor
