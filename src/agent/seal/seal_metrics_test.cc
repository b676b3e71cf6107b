#include "agent/seal/seal_metrics.h"

#include <gtest/gtest.h>

#include <limits>

#include "agent/seal/limits.h"
#include "agent/seal/seal.h"
#include "base/digest.h"
#include "base/json.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "mesh"
contact = "c@example.com"
accepts = ["prometheus"]
[[channel]]
name = "monitoring"
about = "Load."
owner = "o"
[[channel.metric]]
name = "load"
type = "gauge"
labels = ["job", "zone"]
keyed = ["cluster", "workspace"]
installation = "cluster"
about = "Load."
[[channel.metric]]
name = "seconds"
type = "histogram"
keyed = ["cluster"]
installation = "cluster"
about = "Time."
[[channel]]
name = "other"
about = "Other."
owner = "o"
confirmation = "the customer"
[[channel.metric]]
name = "rooms"
type = "gauge"
about = "Rooms."
)";

class SealMetricsTest : public testing::Test {
 protected:
  static ContractPtr parsed(std::string_view text) {
    return std::make_shared<const Contract>(*parse_contract(text, "mesh.toml"));
  }
  MetricTerms terms() const {
    return {contract_, ConsentedFields::all_of(*contract_), {"monitoring", "other"}, "key", "id-1"};
  }
  static MetricFamily gauge(const std::string& name, double value,
                            std::vector<FamilyLabel> labels = {}) {
    MetricFamily family{name, "", MetricType::kGauge};
    family.add(value, std::move(labels));
    return family;
  }
  SealedPush seal(std::vector<MetricFamily> families, const MetricTerms& terms) const {
    return seal_metrics(std::move(families), terms, "candor 1.0", now_);
  }
  static Json json_of(const SealedPush& push) { return *parse_json(push.document->bytes()); }

  const ContractPtr contract_ = parsed(kContract);
  const Instant now_ = *parse_rfc3339("2026-11-21T07:00:00.123Z");
};

TEST_F(SealMetricsTest, AFileSaysWhoseItIsOnceAndWhatIsThere) {
  const auto push = seal({gauge("load", 0.5, {{"zone", "a"}})}, terms());
  ASSERT_TRUE(push.document);
  const auto json = json_of(push);
  EXPECT_EQ(to_line(json.at("candor").at("channels")), "[\"monitoring\"]");
  EXPECT_EQ(string_member(json.at("candor"), "installation"), "id-1");
  EXPECT_EQ(string_member(json, "at"), "2026-11-21T07:00:00.123Z");
  EXPECT_EQ(to_line(json.at("metrics")),
            R"([{"name":"load","type":"gauge","installation":"cluster","samples":[)"
            R"({"labels":{"zone":"a"},"value":0.5}]}])");
  EXPECT_EQ(push.document->sha256(), sha256_hex(push.document->bytes()));
  EXPECT_TRUE(push.document->bytes().ends_with("\n  ]\n}\n"));
  EXPECT_EQ(count_samples(push.document->bytes()), 1u);
  EXPECT_TRUE(may_still_leave(push.document->bytes(), "mesh", {"monitoring"}));
  EXPECT_FALSE(may_still_leave(push.document->bytes(), "mesh", {"other"}));
}

TEST_F(SealMetricsTest, WhatIsNotListedOrNotOnStaysHome) {
  auto off = terms();
  off.channels = {"monitoring"};
  const auto push = seal(
      {gauge("undeclared", 1), gauge("rooms", 2), gauge("load", 3, {{"host", "canary"}})}, off);
  ASSERT_TRUE(push.document);
  EXPECT_EQ(push.counts.stayed, 2u);
  EXPECT_EQ(count_samples(push.document->bytes()), 1u);
  EXPECT_EQ(push.document->bytes().find("canary"), std::string::npos);
  EXPECT_FALSE(seal({gauge("rooms", 2)}, off).document);
}

TEST_F(SealMetricsTest, WhatNobodyConfirmedStaysHome) {
  auto unconfirmed = terms();
  unconfirmed.fields = ConsentedFields::unconfirmed(*contract_);
  EXPECT_FALSE(seal({gauge("rooms", 2)}, unconfirmed).document);
  EXPECT_TRUE(seal({gauge("load", 2)}, unconfirmed).document);
}

TEST_F(SealMetricsTest, ALabelThatANewerContractAddsStaysHome) {
  auto older = terms();
  std::string text(kContract);
  text.replace(text.find("\"job\", \"zone\""), 13, "\"job\"");
  older.fields = ConsentedFields::all_of(*parsed(text));
  const auto push = seal({gauge("load", 1, {{"zone", "a"}})}, older);
  ASSERT_TRUE(push.document);
  EXPECT_EQ(push.document->bytes().find("zone"), std::string::npos);
  const auto withheld = older.fields.withheld(*contract_);
  EXPECT_EQ(withheld, std::vector<std::string>{"load{zone}"});
}

TEST_F(SealMetricsTest, SamplesThatAreOneWithoutTheirLabelsStayHome) {
  auto family = gauge("load", 1, {{"host", "a"}});
  family.add(2, {{"host", "b"}});
  family.add(3, {{"zone", "z"}});
  const auto push = seal({family}, terms());
  EXPECT_EQ(push.counts.collided, 2u);
  EXPECT_EQ(push.counts.sealed, 1u);
}

TEST_F(SealMetricsTest, KeyedLabelsAreHashesAndNobodyElseSaysWhoseItIs) {
  const auto hash = Hmac("key").hex("acme");
  const auto push =
      seal({gauge("load", 1, {{"workspace", "acme"}, {"cluster", "somebody"}})}, terms());
  EXPECT_NE(push.document->bytes().find(hash), std::string::npos);
  EXPECT_EQ(push.document->bytes().find("somebody"), std::string::npos);
  auto others = terms();
  others.key = "another";
  const auto other = seal({gauge("load", 1, {{"workspace", "acme"}})}, others);
  EXPECT_EQ(other.document->bytes().find(hash), std::string::npos);
  EXPECT_EQ(other.document->bytes().find("acme"), std::string::npos);
}

TEST_F(SealMetricsTest, PartsOfHistogramsKeepTheirBounds) {
  MetricFamily family{"seconds", "", MetricType::kHistogram};
  family.samples = {{"seconds_bucket", {{"le", "0.1"}}, 4}, {"seconds_sum", {}, 0.25}};
  EXPECT_EQ(to_line(json_of(seal({family}, terms())).at("metrics")[0].at("samples")),
            R"([{"part":"_bucket","labels":{"le":"0.1"},"value":4.0},)"
            R"({"part":"_sum","labels":{},"value":0.25}])");
}

TEST_F(SealMetricsTest, ValuesThatJsonDoesNotHaveAreTexts) {
  auto family = gauge("load", std::numeric_limits<double>::quiet_NaN(), {{"zone", "a"}});
  family.add(std::numeric_limits<double>::infinity(), {{"zone", "b"}});
  family.add(-std::numeric_limits<double>::infinity(), {{"zone", "c"}});
  const auto samples = json_of(seal({family}, terms())).at("metrics")[0].at("samples");
  EXPECT_EQ(string_member(samples[0], "value"), "NaN");
  EXPECT_EQ(string_member(samples[1], "value"), "+Inf");
  EXPECT_EQ(string_member(samples[2], "value"), "-Inf");
}

TEST_F(SealMetricsTest, OfAnotherTypeAndBeyondTheLimitNothingLeaves) {
  auto wrong = gauge("load", 1);
  wrong.type = MetricType::kCounter;
  EXPECT_EQ(seal({wrong}, terms()).counts.stayed, 1u);
  MetricFamily many{"load", "", MetricType::kGauge};
  for (std::size_t i = 0; i < kMaxPushedSamples + 3; ++i)
    many.add(1, {{"zone", std::to_string(i)}});
  const auto push = seal({many}, terms());
  EXPECT_EQ(push.counts.sealed, kMaxPushedSamples);
  EXPECT_EQ(push.counts.too_many, 3u);
}

}  // namespace
}  // namespace candor
