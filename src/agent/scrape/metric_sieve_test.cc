#include "agent/scrape/metric_sieve.h"

#include <gtest/gtest.h>

#include "contract/limits.h"
#include "metrics/exposition.h"
#include "metrics/exposition_reader.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(candor = 1

[product]
name = "acme"
title = "Acme"
about = "A product of the test's own."
contact = "telemetry@example.com"
accepts = ["native"]
endpoint = "http://127.0.0.1:1"

[[channel]]
name = "monitoring"
about = "Load."
owner = "operations"
purpose = "operations"

[[channel.metric]]
name = "requests_total"
type = "counter"
labels = ["code"]
keyed = ["workspace"]
about = "Requests."

[[channel.metric]]
name = "seconds"
type = "histogram"
about = "Times."

[[channel.metric]]
name = "old"
type = "gauge"
expires = "2026-01-01"
about = "Gone."
)";
constexpr std::int64_t kToday = 20'700;  // of 2026

class MetricSieveTest : public testing::Test {
 protected:
  std::string sift(std::string_view text) {
    auto families = read_exposition(text, Exposition::kText);
    EXPECT_TRUE(families.ok());
    auto sifted = MetricSieve(contract_, "key", kToday).sift(*std::move(families), "web");
    counts_ = sifted.counts;
    collided_ = sifted.collided;
    std::string samples;
    for (const auto& family : sifted.families) {
      EXPECT_TRUE(family.help == "Requests." || family.help == "Times.") << family.help;
      for (const auto& sample : family.samples) {
        samples += sample.name;
        for (const auto& label : sample.labels) samples += " " + label.name + "=" + label.value;
        samples += " " + std::to_string(static_cast<int>(sample.value)) + "\n";
      }
    }
    return samples;
  }

  const Contract contract_ = *parse_contract(kContract, "acme.toml");
  SieveCounts counts_;
  std::vector<std::string> collided_;
};

TEST_F(MetricSieveTest, KeepsWhatIsListedAndKeysWhatIsToBe) {
  const auto hash = Hmac("key").hex("w1");
  EXPECT_EQ(sift("# HELP requests_total Of workspace acme.\n# TYPE requests_total counter\n"
                 "requests_total{workspace=\"w1\",code=\"200\",path=\"/\"} 3\n"
                 "requests_total{job=\"other\",code=\"201\",workspace=\"\"} 4\n"),
            "requests_total code=200 workspace=" + hash + " job=web 3\n" +
                "requests_total code=201 job=web 4\n");
  EXPECT_EQ(counts_.kept, 2u);
}

TEST_F(MetricSieveTest, ABucketBelongsToItsHistogram) {
  EXPECT_EQ(sift("# TYPE seconds histogram\nseconds_bucket{le=\"1\",x=\"y\"} 1\n"
                 "seconds_bucket{le=\"+Inf\",x=\"y\"} 2\nseconds_sum 1\nseconds_count 2\n"),
            "seconds_bucket le=1 job=web 1\nseconds_bucket le=+Inf job=web 2\n"
            "seconds_sum job=web 1\nseconds_count job=web 2\n");
}

TEST_F(MetricSieveTest, WhatIsNotListedExpiredOrOfAnotherTypeGoes) {
  EXPECT_EQ(sift("other{code=\"1\"} 1\nold 1\n# TYPE requests_total gauge\nrequests_total 1\n"),
            "");
  EXPECT_EQ(counts_.undeclared, 2u);
  EXPECT_EQ(counts_.wrong_type, 1u);
  // A text that names no type says nothing against the contract's.
  EXPECT_EQ(sift("requests_total 1\n"), "requests_total job=web 1\n");
}

TEST_F(MetricSieveTest, OfSamplesThatBecomeOneNoneIsKept) {
  EXPECT_EQ(
      sift("requests_total{code=\"200\",pod=\"a\"} 1\nrequests_total{code=\"200\",pod=\"b\"} 2\n"
           "requests_total{code=\"500\",pod=\"b\"} 3\n"),
      "requests_total code=500 job=web 3\n");
  EXPECT_EQ(counts_.collided, 2u);
  EXPECT_EQ(collided_, std::vector<std::string>{"requests_total"});
}

TEST_F(MetricSieveTest, WhatABoundOrALabelCannotSayGoes) {
  EXPECT_EQ(sift("seconds_bucket{le=\"workspace acme\"} 1\nseconds_count 2\n"),
            "seconds_count job=web 2\n");
  EXPECT_EQ(counts_.wrong_type, 1u);
  EXPECT_EQ(sift("requests_total{code=\"\xff\"} 1\nrequests_total{workspace=\"\xff\"} 2\n"),
            "requests_total workspace=" + Hmac("key").hex("\xff") + " job=web 2\n");
}

TEST_F(MetricSieveTest, AnEmptyLabelIsNone) {
  EXPECT_EQ(sift("requests_total{code=\"\"} 1\nrequests_total 2\n"), "");
  EXPECT_EQ(counts_.collided, 2u);
}

TEST_F(MetricSieveTest, AValueThatIsTooLongIsDropped) {
  const std::string value(kMaxLabelValueBytes + 1, 'x');
  EXPECT_EQ(sift("requests_total{code=\"" + value + "\"} 1\n"), "requests_total job=web 1\n");
}

}  // namespace
}  // namespace candor
