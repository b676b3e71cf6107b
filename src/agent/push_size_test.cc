// That what is sealed is never more than a collector takes in one request.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/seal/limits.h"
#include "agent/seal/seal_metrics.h"
#include "agent/send/push_message.h"
#include "base/digest.h"
#include "contract/limits.h"
#include "wire/snappy.h"

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
keyed = ["cluster"]
installation = "cluster"
about = "Load."
)";

SealedPush sealed(MetricFamily family, std::string_view text) {
  const auto contract = std::make_shared<const Contract>(*parse_contract(text, "mesh.toml"));
  std::vector<MetricFamily> families;
  families.push_back(std::move(family));
  return seal_metrics(
      std::move(families),
      {contract, ConsentedFields::all_of(*contract), {"monitoring"}, "key", random_uuid()},
      "candor 1.0", *parse_rfc3339("2026-11-21T07:00:00Z"));
}

// The collector takes 8 MiB unpacked, and nothing of a larger one.
TEST(PushSize, WhateverTheLabelsACollectorTakesTheRequest) {
  const std::string longest(kMaxLabelValueBytes, 'x');
  // Long labels, none at all, and as many short ones as a contract can list.
  for (const auto& [job, zone, count] :
       {std::tuple(longest, longest, std::size_t{4'000}), {"", "", kMaxPushedSamples}}) {
    MetricFamily many{"load", "", MetricType::kGauge};
    for (std::size_t i = 0; i < count; ++i)
      many.add(1.5,
               {{"job", job},
                {"zone", zone.empty() ? std::to_string(i) : std::to_string(i) + zone.substr(10)}});
    const auto push = sealed(std::move(many), kContract);
    EXPECT_EQ(push.counts.sealed + push.counts.too_many, count);
    EXPECT_GT(push.counts.sealed, 2'000u);
    const auto message = push_message(push.document->bytes());
    ASSERT_TRUE(message.ok());
    EXPECT_TRUE(unsnappy(*message, 8u << 20).ok());
  }
}

TEST(PushSize, ManyShortLabelsAreCountedAsTheyAreOnTheWire) {
  std::string names;
  std::vector<FamilyLabel> labels;
  for (int i = 0; i < 29; ++i) {
    names += fmt::format("\"l{}\", ", i);
    labels.push_back({fmt::format("l{}", i), "v"});
  }
  std::string text(kContract);
  text.replace(text.find("\"job\", "), 7, names);
  MetricFamily many{"load", "", MetricType::kGauge};
  for (std::size_t i = 0; i < kMaxPushedSamples; ++i) {
    labels[0].value = std::to_string(i);
    many.add(1.5, std::vector(labels));
  }
  const auto push = sealed(std::move(many), text);
  EXPECT_GT(push.counts.too_many, 0u);
  const auto message = push_message(push.document->bytes());
  ASSERT_TRUE(message.ok());
  EXPECT_TRUE(unsnappy(*message, kMaxPushedBytes).ok());
}

}  // namespace
}  // namespace candor
