#include "server/ops/product_figures.h"

#include <gmock/gmock.h>

#include "metrics/exposition.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

using testing::HasSubstr;
using testing::Not;

const Instant kNow = from_unix_millis(1'800'000'000'000);

CrashGroup crash(const std::string& signature, Instant first, std::uint64_t installations) {
  CrashGroup group;
  group.signature = signature;
  group.program = "osd";
  group.first = first;
  group.installations = installations;
  return group;
}

HealthOfOne plugin(const std::string& name, Verdict verdict) {
  HealthOfOne one;
  one.event = "plugin";
  one.name = name;
  HealthOfVersion version;
  version.version = "1.2";
  version.judgement.verdict = verdict;
  one.versions.push_back(version);
  one.judged = 0;
  return one;
}

TEST(ProductFigures, ACrashIsNewForAWeek) {
  Crashes crashes;
  crashes.signatures = 3;
  crashes.groups = {crash("old", kNow - kNewCrashTime - Millis(1), 9),
                    crash("new", kNow - kNewCrashTime, 3), crash("", kNow, 5)};
  const auto figures = product_figures({}, {}, crashes, kNow);
  ASSERT_EQ(figures.new_crashes.size(), 1u);
  EXPECT_EQ(figures.new_crashes[0].signature, "new");
  EXPECT_EQ(figures.signatures, 3u);
}

TEST(ProductFigures, SoManyNewCrashesAreTold) {
  Crashes crashes;
  for (std::size_t i = 0; i < kMaxNewCrashesTold + 5; ++i)
    crashes.groups.push_back(crash(std::to_string(i), kNow, 1));
  EXPECT_EQ(product_figures({}, {}, crashes, kNow).new_crashes.size(), kMaxNewCrashesTold);
}

TEST(ProductFigures, APluginFailsByItsNewestVerdict) {
  PluginHealth health;
  health.all = {plugin("bad", Verdict::kFailing), plugin("good", Verdict::kHealthy),
                plugin("unjudged", Verdict::kFailing)};
  health.all[2].judged.reset();
  const auto failing = failing_plugins(health);
  ASSERT_EQ(failing.size(), 1u);
  EXPECT_EQ(failing[0].plugin, "bad");
  EXPECT_EQ(failing[0].version, "1.2");
}

TEST(ProductFigures, AreMetricsOfTheProduct) {
  ProductFigures figures;
  figures.installations = 7;
  figures.reporting = 5;
  figures.records = {{"refused", 3}};
  figures.new_crashes = {{"a1", "osd", 4}};
  Families families;
  add_product_metrics(families, "stone", figures);
  add_plugin_metrics(families, "stone", {{"plugin", "tap\"\n\\x", "1.2"}});
  const auto text = expose(std::move(families).take(), Exposition::kText);
  EXPECT_THAT(text, HasSubstr("candor_installations_active{product=\"stone\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("candor_installations_reporting{product=\"stone\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("candor_records{product=\"stone\",outcome=\"refused\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("candor_records{product=\"stone\",outcome=\"duplicate\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("candor_new_crash_installations{product=\"stone\",signature=\"a1\","
                              "program=\"osd\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("candor_plugin_failing{product=\"stone\",event=\"plugin\",plugin="
                              "\"tap\\\"\\n\\\\x\",version=\"1.2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("candor_plugins_failing{product=\"stone\"} 1\n"));
}

TEST(ProductFigures, ALongNameIsCutBetweenLetters) {
  Families families;
  std::string name(kMaxToldLabelBytes - 1, 'x');
  add_plugin_metrics(families, "stone", {{"plugin", name + "é", "1"}});
  const auto text = expose(std::move(families).take(), Exposition::kText);
  EXPECT_THAT(text, HasSubstr("plugin=\"" + name + "\""));
  EXPECT_THAT(text, Not(HasSubstr("\xc3")));
}

}  // namespace
}  // namespace candor
