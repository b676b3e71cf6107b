#include "agent/advice.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-22T16:00:00Z");

PluginInsight insight(std::string name, std::string version, std::string_view verdict) {
  PluginInsight plugin;
  plugin.event = "plugin";
  plugin.name = std::move(name);
  plugin.version = std::move(version);
  plugin.verdict = verdict;
  plugin.rule = "So it is.";
  return plugin;
}

SeenPlugin seen(std::string name, std::string version, int hours_ago = 0) {
  return {"plugin", std::move(name), std::move(version), kNow - std::chrono::hours(hours_ago), 3,
          1};
}

InsightsBundle bundle() {
  InsightsBundle bundle{"acme", "2026-11-22T16:00:00Z", 14, {}, {}};
  bundle.plugins = {insight("tap-x", "1", kFailing), insight("tap-x", "2", kHealthy),
                    insight("tap-y", "1", kDegraded), insight("tap-z", "1", kFailing)};
  bundle.crashes = {{"aa", "2026-11-01", "1.4.0"}};
  return bundle;
}

std::vector<std::string> names(const Advice& advice) {
  std::vector<std::string> names;
  for (const auto& plugin : advice.plugins)
    names.push_back(plugin.known.name + " " + plugin.known.version);
  return names;
}

TEST(MatchAdvice, OnlyWhatRanHereAndDoesNotWorkIsTold) {
  const std::vector<SeenPlugin> here = {seen("tap-x", "2"), seen("tap-y", "1"),
                                        seen("tap-x", "1", 5), seen("tap-w", "1")};
  const auto advice = match(bundle(), here, {});
  EXPECT_EQ(names(advice), (std::vector<std::string>{"tap-x 1", "tap-y 1"}))
      << "failing before degraded";
  EXPECT_EQ(advice.plugins[0].here.last, kNow - std::chrono::hours(5));
}

TEST(MatchAdvice, TheSameNameOfAnotherEventIsAnotherPlugin) {
  auto other = seen("tap-x", "1");
  other.event = "command";
  EXPECT_TRUE(match(bundle(), std::vector{other}, {}).plugins.empty());
}

TEST(MatchAdvice, TheNewestComesFirst) {
  const std::vector<SeenPlugin> here = {seen("tap-z", "1", 9), seen("tap-x", "1", 2)};
  EXPECT_EQ(names(match(bundle(), here, {})), (std::vector<std::string>{"tap-x 1", "tap-z 1"}));
}

TEST(MatchAdvice, ACrashIsKnownByItsSignature) {
  const std::vector<LocalCrash> here = {{"aa", "acme", "1.3.0", "SIGSEGV", kNow},
                                        {"bb", "acme", "1.3.0", "SIGSEGV", kNow}};
  const auto advice = match(bundle(), {}, here);
  ASSERT_EQ(advice.crashes.size(), 1u);
  EXPECT_EQ(advice.crashes[0].known.fixed_in, "1.4.0");
  EXPECT_EQ(advice.crashes[0].here.version, "1.3.0");
}

Json record(std::string_view signature, std::string_view version, std::string_view time) {
  return {{"signature", signature}, {"program", "acme"}, {"version", version},
          {"signal", "SIGBUS"},     {"time", time},      {"frames", Json::array()}};
}

TEST(MatchAdvice, RecordsOfOneCrashAreOneLine) {
  const Json collected = {
      {"program_crashes",
       {record("aa", "1", "2026-11-20T00:00:00Z"), record("aa", "1", "2026-11-21T00:00:00Z"),
        record("aa", "2", "2026-11-22T00:00:00Z")}}};
  const auto crashes = local_crashes(collected);
  ASSERT_EQ(crashes.size(), 2u);
  EXPECT_EQ(crashes[0].version, "2");
  EXPECT_EQ(crashes[1].times, 2u);
  EXPECT_EQ(format_rfc3339(crashes[1].last), "2026-11-21T00:00:00Z");
  EXPECT_TRUE(local_crashes(Json::object()).empty());
}

TEST(MatchAdvice, ABundleIsOldAfterAMonth) {
  EXPECT_FALSE(is_old(bundle(), kNow + std::chrono::hours(720)));
  EXPECT_TRUE(is_old(bundle(), kNow + std::chrono::hours(721)));
}

TEST(MatchAdvice, ProgramsAreToldOfAllThatDoesNotWork) {
  const auto lines = advice_lines(bundle());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].name, "tap-y");
  EXPECT_EQ(lines[1].verdict, library::Verdict::kDegraded);
  EXPECT_EQ(lines[1].sentence, "So it is.");
}

}  // namespace
}  // namespace candor
