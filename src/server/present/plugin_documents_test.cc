// Documents of plugins' health, and the bundle that is made of the same.
#include "server/present/plugin_documents.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "contract/limits.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

Contract contract() {
  return *parse_contract(R"toml(candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "usage"
about = "Usage."
)toml",
                         "p.toml");
}

HealthFigures figures(std::uint64_t installations, std::uint64_t completed, std::uint64_t failed) {
  HealthFigures figures;
  figures.installations = installations;
  figures.runs.completed = completed;
  figures.runs.failed = failed;
  return figures;
}

// A plugin of two versions, of which the newer one is failing.
HealthOfOne one_of(std::string name, Instant now) {
  HealthOfOne one;
  one.event = "plugin";
  one.name = std::move(name);
  one.figures = figures(40, 21, 20);
  one.versions.resize(3);
  one.versions[0].version = "1.9";
  one.versions[0].figures = figures(20, 20, 0);
  one.versions[0].judgement = {Verdict::kHealthy, "It is healthy."};
  one.versions[0].since = day_of(now) - 1;
  one.versions[0].days = {{day_of(now) - 1, 20, 20, 20}};
  one.versions[1].version = "1.10";
  one.versions[1].figures = figures(20, 1, 20);
  one.versions[1].figures.median_ms = 7;
  one.versions[1].judgement = {Verdict::kFailing, "It is failing."};
  one.versions[1].days = {{day_of(now), 21, 1, 20}};
  one.versions[2].version = "2.0";
  one.versions[2].figures = figures(1, 0, 0);
  one.judged = 1;
  one.better = "1.9";
  return one;
}

const Instant kNow = *parse_rfc3339("2026-11-22T16:00:00Z");

PluginHealth health_of(std::vector<HealthOfOne> all) {
  return {.made = kNow, .installations = 80, .engaged = 60, .automation = 7, .all = std::move(all)};
}

TEST(PluginDocuments, AListSaysTheVerdictOfTheNewestVersionThatHasOne) {
  const auto document = plugins_document(contract(), health_of({one_of("tap", kNow)}));
  EXPECT_EQ(document["made"], "2026-11-22T16:00:00Z");
  EXPECT_EQ(document["days"].size(), static_cast<std::size_t>(kHealthDays));
  EXPECT_EQ(document["days"].back(), "2026-11-22");
  EXPECT_EQ(document["installations"], 80);
  EXPECT_EQ(document["engaged"], 60);
  EXPECT_EQ(document["automation"], 7);
  const auto& plugin = document["plugins"][0];
  EXPECT_EQ(plugin["version"], "1.10");
  EXPECT_EQ(plugin["verdict"], "failing");
  EXPECT_EQ(plugin["better"], "1.9");
  EXPECT_EQ(plugin["share"], 0.5);
  EXPECT_EQ(plugin["ended"], 41);
  EXPECT_TRUE(plugin["median_ms"].is_null());
  EXPECT_EQ(plugin["automation"]["ended"], 0);
  EXPECT_TRUE(plugin["automation"]["success"].is_null());
  const auto& runs = plugin["trend"]["runs"];
  EXPECT_EQ(runs[runs.size() - 2], 20);
  EXPECT_EQ(runs.back(), 21);
  EXPECT_EQ(plugin["trend"]["success"][runs.size() - 2], 1.0);
  EXPECT_TRUE(plugin["trend"]["success"][0].is_null());
  EXPECT_FALSE(plugin["trend"].contains("installations"));
}

TEST(PluginDocuments, OneHasItsVersionsTheNewestFirst) {
  const auto one = one_of("tap", kNow);
  const auto document = plugin_document(contract(), health_of({one}), one);
  ASSERT_EQ(document["versions"].size(), 3u);
  EXPECT_EQ(document["versions"][0]["version"], "2.0");
  EXPECT_EQ(document["versions"][0]["verdict"], "unknown");
  EXPECT_TRUE(document["versions"][0]["since"].is_null());
  EXPECT_EQ(document["versions"][1]["median_ms"], 7);
  EXPECT_EQ(document["versions"][2]["since"], "2026-11-21");
  EXPECT_EQ(document["versions"][2]["trend"]["installations"].size(),
            static_cast<std::size_t>(kHealthDays));
}

TEST(PluginDocuments, WhatNothingIsKnownOfHasNoVersion) {
  HealthOfOne one;
  one.name = "tap";
  const auto document = plugins_document(contract(), {.made = kNow, .all = {one}});
  EXPECT_TRUE(document["plugins"][0]["version"].is_null());
  EXPECT_TRUE(document["plugins"][0]["share"].is_null());
  EXPECT_EQ(document["plugins"][0]["verdict"], "unknown");
}

TEST(PluginDocuments, WhatWasNotComputedYetSaysSo) {
  const auto document = plugins_document(contract(), {});
  EXPECT_TRUE(document["made"].is_null());
  EXPECT_TRUE(document["days"].empty());
  EXPECT_TRUE(document["plugins"].empty());
}

TEST(InsightsBundle, HasTheVersionsWithAVerdictSorted) {
  const auto bundle = bundle_of(contract(), health_of({one_of("tap", kNow), one_of("box", kNow)}),
                                {{"bb", "2026-11-01", "2"}, {"aa", "2026-11-01", "1"}});
  std::string order;
  for (const auto& plugin : bundle.plugins) order += plugin.name + plugin.version + " ";
  EXPECT_EQ(order, "box1.10 box1.9 tap1.10 tap1.9 ");
  EXPECT_EQ(bundle.plugins[0].verdict, kFailing);
  EXPECT_EQ(bundle.plugins[0].success, 0.048);
  EXPECT_EQ(bundle.plugins[0].better, "1.9");
  EXPECT_EQ(bundle.plugins[0].median_ms, 7u);
  EXPECT_EQ(bundle.crashes[0].signature, "aa");
}

TEST(InsightsBundle, OfTooManyThoseOfMostInstallationsStay) {
  HealthOfOne one;
  one.name = "tap";
  for (std::size_t i = 0; i <= kMaxInsightsEntries; ++i) {
    HealthOfVersion version;
    version.version = std::to_string(i);
    version.figures = figures(i == 0 ? 20 : 21, 1, 0);
    version.judgement.verdict = Verdict::kHealthy;
    one.versions.push_back(version);
  }
  const auto bundle = bundle_of(contract(), health_of({one}), {});
  EXPECT_EQ(bundle.plugins.size(), kMaxInsightsEntries);
  EXPECT_EQ(bundle.plugins[0].version, "1");
}

TEST(InsightsBundle, TheTextIsNoLongerThanReadersTakeIt) {
  HealthOfOne one;
  one.name = std::string(kMaxInsightsNameBytes, 'n');
  for (std::size_t i = 0; i < kMaxInsightsEntries; ++i) {
    HealthOfVersion version;
    version.version = std::to_string(i) + "." + std::string(200, '1');
    version.figures = figures(20 + i, 1, 0);
    version.judgement = {Verdict::kHealthy, std::string(600, 'r')};
    one.versions.push_back(version);
  }
  const auto bundle = bundle_of(contract(), health_of({one}), {{"aa", "2026-11-01", "1"}});
  const auto key = SigningKey::generate();
  const auto text = insights_text(bundle, key);
  EXPECT_LE(text.size(), kMaxInsightsBytes);
  EXPECT_GT(text.size(), kMaxInsightsBytes - 2'000) << "no more than has to go";
  EXPECT_TRUE(verify_insights(text, to_base64(key.public_key())).ok());
  EXPECT_EQ(bundle.crashes.size(), 1u);
  for (const auto& plugin : bundle.plugins)
    EXPECT_GT(plugin.installations, 20 + kMaxInsightsEntries - bundle.plugins.size() - 1);
}

TEST(InsightsBundle, WhatReadersTakeForNoNameIsNotInIt) {
  const std::string too_long(kMaxInsightsNameBytes + 1, 'n');
  auto with_tab = one_of("box", kNow);
  with_tab.versions[0].version = with_tab.better = "1\t9";
  const auto bundle = bundle_of(
      contract(),
      health_of({one_of(too_long, kNow), one_of("a\nb", kNow), one_of("", kNow), with_tab}), {});
  ASSERT_EQ(bundle.plugins.size(), 1u);
  EXPECT_EQ(bundle.plugins[0].version, "1.10");
  EXPECT_EQ(bundle.plugins[0].better, "");
}

}  // namespace
}  // namespace candor
