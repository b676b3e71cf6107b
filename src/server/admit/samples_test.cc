#include "server/admit/samples.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "contract/limits.h"
#include "server/admit/hash_here.h"
#include "server/admit/limits.h"
#include "server/admit/series_fixture.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(candor = 1
[product]
name = "acme"
contact = "c@example.com"
[[channel]]
name = "monitoring"
about = "Load."
owner = "o"
[[channel.metric]]
name = "requests_total"
type = "counter"
labels = ["code", "method"]
keyed = ["cluster"]
installation = "cluster"
about = "Requests."
[[channel.metric]]
name = "duration"
type = "histogram"
about = "How long."
[[channel.metric]]
name = "old"
type = "gauge"
expires = "2020-01-01"
about = "No longer needed."
)";

class Samples : public testing::Test {
 protected:
  bool add(std::string_view name, std::vector<MetricLabel> labels,
           std::vector<MetricSample> samples, std::optional<MetricType> type = std::nullopt) {
    return admission_.add({name, type, labels, samples});
  }
  bool add_one(std::string_view name, std::vector<MetricLabel> labels = {}, double value = 1) {
    return add(name, std::move(labels), {{now(), value}});
  }
  std::int64_t now() const { return to_unix_millis(received_); }
  std::string drops() const {
    std::string text;
    for (const auto& row : admission_.admitted().dropped)
      text += row.path + " " + row.type + " " + std::string(name_of(row.problem)) + " " +
              std::to_string(row.count) + "\n";
    return text;
  }
  const AdmittedSamples& admitted() const { return admission_.admitted(); }
  std::vector<ReadSeries> series() const { return read_all(admitted().series); }

  const Contract contract_ = *parse_contract(kContract, "acme.toml");
  const Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  const HashHere hash_{"key"};
  SampleAdmission admission_{contract_, received_, hash_};
};

TEST_F(Samples, KeepTheLabelsOfTheContractSortedByName) {
  EXPECT_TRUE(add_one("requests_total", {{"method", "GET"}, {"code", "200"}}, 7.25));
  ASSERT_EQ(series().size(), 1u);
  const auto all = series();
  const auto& series = all[0];
  EXPECT_EQ(series.metric, "requests_total");
  EXPECT_EQ(series.labels, R"({"code":"200","method":"GET"})");
  EXPECT_EQ(series.installation, "");
  ASSERT_EQ(series.samples.size(), 1u);
  EXPECT_EQ(series.samples[0].at, now());
  EXPECT_EQ(series.samples[0].value, 7.25);
  EXPECT_EQ(series.samples[0].tag, 0u);
  EXPECT_EQ(admitted().accepted, 1u);
  EXPECT_EQ(drops(), "");
}

TEST_F(Samples, AnUndeclaredLabelIsDroppedAndCountedForEachSample) {
  EXPECT_TRUE(add("requests_total", {{"code", "200"}, {"instance", "canary:9100"}},
                  {{now(), 1}, {now() - 1, 2}}));
  EXPECT_EQ(series()[0].labels, R"({"code":"200"})");
  EXPECT_EQ(drops(), "requests_total{instance} label undeclared 2\n");
}

TEST_F(Samples, ThoseThatFallTogetherAreToldApartWithoutSayingWhichBelongTogether) {
  for (const auto* instance : {"a", "b"})
    add("requests_total", {{"instance", instance}}, {{now(), 1}, {now() - 1, 1}});
  const auto a = series()[0].samples, b = series()[1].samples;
  EXPECT_NE(a[0].tag, b[0].tag);
  EXPECT_NE(a[0].tag, a[1].tag);
  SampleAdmission again(contract_, received_, hash_);
  const MetricLabel label{"instance", "a"};
  const MetricSample sample{now(), 1};
  again.add({"requests_total", std::nullopt, {&label, 1}, {&sample, 1}});
  EXPECT_EQ(read_all(again.admitted().series)[0].samples[0].tag, a[0].tag);
}

TEST_F(Samples, AKeyedLabelIsHashedAndNamesTheInstallation) {
  add_one("requests_total", {{"cluster", "canary"}});
  EXPECT_EQ(series()[0].installation, hash_.keyed("canary"));
  EXPECT_EQ(series()[0].labels, "{}");
  EXPECT_EQ(series()[0].samples[0].tag, 0u);
  EXPECT_EQ(drops(), "requests_total{cluster} label hashed_here 1\n");
}

TEST_F(Samples, OfMetricsThatTheContractDoesNotTakeAreCountedWithoutValueOrLabels) {
  EXPECT_FALSE(add_one("nobody", {{"secret", "canary"}}));
  EXPECT_FALSE(add_one("old"));
  EXPECT_FALSE(add("requests_total", {}, {{now(), 1}}, MetricType::kGauge));
  EXPECT_FALSE(add_one("duration"));  // a histogram has no samples of its own name
  EXPECT_FALSE(add_one("requests_total_bucket"));
  EXPECT_TRUE(admitted().series.empty());
  EXPECT_EQ(admitted().quarantined, 5u);
  EXPECT_EQ(drops(),
            "nobody metric undeclared 1\nold metric expired 1\nrequests_total metric wrong_type 1\n"
            "duration metric undeclared 1\nrequests_total_bucket metric undeclared 1\n");
}

TEST_F(Samples, AHistogramTakesItsParts) {
  EXPECT_TRUE(add_one("duration_bucket", {{"le", "0.5"}}));
  EXPECT_TRUE(add_one("duration_sum"));
  EXPECT_TRUE(add_one("duration_count"));
  EXPECT_EQ(series()[0].labels, R"({"le":"0.5"})");
  add_one("duration_count", {{"le", "0.5"}});
  EXPECT_EQ(drops(), "duration{le} label undeclared 1\n");
}

TEST_F(Samples, OutsideTheWindowAreRefusedAndTheOthersStay) {
  const std::int64_t year_50000 = 1'515'679'500'000'000;
  EXPECT_FALSE(add("requests_total", {},
                   {{now(), 1}, {year_50000, 2}, {0, 3}, {INT64_MIN, 4}, {INT64_MAX, 5}}));
  EXPECT_EQ(admitted().accepted, 1u);
  EXPECT_EQ(admitted().refused.at("outside_time_window"), 4u);
  EXPECT_EQ(admitted().refused_count(), 4u);
}

TEST_F(Samples, NamesAndLabelsHaveLimits) {
  EXPECT_FALSE(add_one(""));
  EXPECT_FALSE(add_one(std::string(1'000'000, 'n')));
  EXPECT_FALSE(add_one("\xff"));
  const std::vector<MetricLabel> many(kMaxLabels + 1, {"code", "x"});
  EXPECT_FALSE(add_one("requests_total", many));
  EXPECT_EQ(admitted().refused.at("no_name"), 1u);
  EXPECT_EQ(admitted().refused.at("bad_name"), 2u);
  EXPECT_EQ(admitted().refused.at("too_many_labels"), 1u);
  const std::string half(kMaxLabelsBytes / 2, 'x');
  EXPECT_FALSE(add_one("requests_total", {{"a", half}, {"b", half}}));
  EXPECT_EQ(admitted().refused.at("too_long_labels"), 1u);
  EXPECT_TRUE(add_one("requests_total", {{"a", half}}));
  EXPECT_FALSE(add("requests_total", {}, std::vector<MetricSample>(kMaxSamples + 1)));
  EXPECT_EQ(admitted().refused.at("too_many_samples"), kMaxSamples + 1);
}

TEST_F(Samples, AllLabelsOfARequestHaveALimit) {
  const std::string code(kMaxLabelValueBytes, 'c'), method(kMaxLabelValueBytes, 'm');
  const auto most = kMaxKeptLabelsBytes / (2 * kMaxLabelValueBytes);
  for (std::size_t i = 0; i < most; ++i)
    add_one("requests_total", {{"code", code}, {"method", method}});
  EXPECT_GT(admitted().refused.at("too_long_labels"), 0u);
  EXPECT_EQ(admitted().accepted + admitted().refused_count(), most);
}

TEST_F(Samples, AreFullWhateverBecameOfThem) {
  const std::vector<MetricLabel> many(kMaxLabels + 1, {"code", "x"});
  EXPECT_FALSE(admission_.is_full());
  add("requests_total", many, std::vector<MetricSample>(kMaxSamples));
  EXPECT_TRUE(admission_.is_full());
  EXPECT_FALSE(add_one("requests_total"));
  EXPECT_EQ(admitted().refused.at("too_many_samples"), 1u);
}

TEST_F(Samples, BadLabelsAreDroppedAndTheSampleStays) {
  const std::string long_value(kMaxLabelValueBytes + 1, 'x');
  EXPECT_TRUE(add_one("requests_total", {{"code", long_value}}));
  EXPECT_TRUE(add_one("requests_total", {{"code", "\xff"}}));
  EXPECT_TRUE(add_one("requests_total", {{"code", "1"}, {"code", "2"}}));
  EXPECT_TRUE(add_one("requests_total", {{"code", ""}}));
  const std::string long_name(1'000, 'l');
  EXPECT_TRUE(add_one("requests_total", {{long_name, "x"}}));
  EXPECT_TRUE(
      drops().starts_with("requests_total{code} label too_long 1\n"
                          "requests_total{code} label wrong_type 1\n"
                          "requests_total{code} label duplicate_key 1\n"));
  EXPECT_EQ(admitted().dropped.back().path.size(), kMaxPathBytes);
  EXPECT_EQ(series()[2].labels, R"({"code":"1"})");
  EXPECT_EQ(series()[3].samples[0].tag, 0u);
}

TEST_F(Samples, ASeriesIsTheSameWhateverWasDroppedAndAnotherOneWithAnotherLabel) {
  add_one("requests_total", {{"code", "200"}, {"method", "GET"}});
  add_one("requests_total", {{"method", "GET"}, {"instance", "canary"}, {"code", "200"}});
  add_one("requests_total", {{"code", "200"}});
  add_one("requests_total", {{"code", "200"}, {"cluster", "c"}});
  EXPECT_EQ(series()[0].id, series()[1].id);
  EXPECT_NE(series()[0].id, series()[2].id);
  EXPECT_NE(series()[2].id, series()[3].id);
}

// What is known of a series says the same as the contract.
TEST_F(Samples, OfAKnownSeriesBecomeWhatTheyBecameAtFirst) {
  KnownSeries known;
  const std::vector<std::vector<MetricLabel>> all = {
      {{"code", "200"}, {"cluster", "canary"}}, {{"instance", "canary"}, {"code", "\xff"}}, {}};
  const MetricSample samples[] = {{now(), 1}, {now() + 1, 2}, {0, 3}};
  std::string texts[2];
  for (auto& text : texts) {
    SampleAdmission admission(contract_, received_, hash_, &known);
    for (const auto* name : {"requests_total", "nobody", "old"}) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto bytes = name + std::to_string(i);
        const bool first = &text == &texts[0];
        EXPECT_EQ(admission.add_known(bytes, samples), !first);
        if (first) admission.add({name, std::nullopt, all[i], samples, bytes});
      }
    }
    const auto& admitted = admission.admitted();
    text = admitted.series.bytes();
    for (const auto& row : admitted.dropped)
      text += row.path + row.type + std::string(name_of(row.problem)) + std::to_string(row.count);
    text += std::to_string(admitted.accepted) + " " + std::to_string(admitted.quarantined) + " " +
            std::to_string(admitted.refused.at("outside_time_window"));
  }
  EXPECT_EQ(texts[0], texts[1]);
  // Another day or contract says something else.
  SampleAdmission tomorrow(contract_, received_ + std::chrono::days(1), hash_, &known);
  EXPECT_FALSE(tomorrow.add_known("requests_total0", samples));
}

TEST_F(Samples, ManyKindsOfDropsShareARow) {
  for (int i = 0; i < 1'000; ++i) {
    const auto name = "l" + std::to_string(i);
    add_one("requests_total", {{name, "x"}});
  }
  EXPECT_EQ(admitted().dropped.size(), kMaxDropRows);
  std::uint64_t sum = 0;
  for (const auto& row : admitted().dropped) sum += row.count;
  EXPECT_EQ(sum, 1'000u);
}

}  // namespace
}  // namespace candor
