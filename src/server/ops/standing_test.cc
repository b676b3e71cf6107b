#include "server/ops/standing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/ops/limits.h"

namespace candor {
namespace {

PromSeries up(const char* installation, const char* job, double value) {
  return {{{"__name__", "up"}, {"installation", installation}, {"job", job}}, {{1, value}}};
}

PromAlert firing(const char* name, const char* installation, const char* severity,
                 std::int64_t since_ms = 1'000) {
  return {{{"alertname", name}, {"installation", installation}, {"severity", severity}},
          {{"summary", "It is so."}, {"runbook", "Mend it."}},
          true,
          from_unix_millis(since_ms)};
}

const OpsInstallation& of(const std::vector<OpsInstallation>& all, std::string_view name) {
  for (const auto& one : all)
    if (one.name == name) return one;
  ADD_FAILURE() << name;
  return all.front();
}

TEST(Standing, IsTheWorstThatIsSo) {
  OpsSight sight;
  sight.configured = {"a", "b", "c", "d", "e"};
  sight.heard = {up("a", "installation-a", 1),   up("a", "database", 1),
                 up("b", "installation-b", 0),   up("c", "installation-c", 1),
                 up("d", "installation-d", 1),   up("d", "queue", 0),
                 up("collector", "collector", 1)};
  sight.alerts = {firing("X", "b", "critical"), firing("X", "c", "warning", 5'000),
                  firing("Y", "c", "critical", 9'000), firing("Z", "c", "info")};
  const auto all = installations_of(sight);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(of(all, "a").health, OpsHealth::kWell);
  EXPECT_EQ(of(all, "b").health, OpsHealth::kDown);
  EXPECT_EQ(of(all, "c").health, OpsHealth::kCritical);
  EXPECT_EQ(to_unix_millis(*of(all, "c").since), 9'000);
  EXPECT_EQ(of(all, "c").info, 1u);
  EXPECT_EQ(of(all, "d").health, OpsHealth::kWarning);
  EXPECT_EQ(of(all, "d").services_down, std::vector<std::string>{"queue"});
  EXPECT_EQ(of(all, "e").health, OpsHealth::kUnknown);
  // The worst first, the collector last.
  std::string order;
  for (const auto& one : all) order += one.name + " ";
  EXPECT_EQ(order, "b c d e a collector ");
}

TEST(Standing, AServiceOfTheSameNameIsNoAgent) {
  OpsSight sight;
  sight.heard = {up("a", "installation-a", 1), up("a", "a", 0)};
  const auto all = installations_of(sight);
  EXPECT_EQ(of(all, "a").health, OpsHealth::kWarning);
  EXPECT_EQ(of(all, "a").services_down, std::vector<std::string>{"a"});
}

TEST(Standing, OneThatNobodyConfiguredIsListedToo) {
  OpsSight sight;
  sight.known = {"pushed", ""};
  sight.heard = {{{{"__name__", "node_load1"}, {"installation", "pushed"}}, {{1, 0.5}}}};
  const auto all = installations_of(sight);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.front().name, "pushed");
  EXPECT_EQ(all.front().health, OpsHealth::kWell);
  EXPECT_FALSE(all.front().is_configured);
}

TEST(Standing, SinceWhenItIsDownItsAlertSaysBeforeItFires) {
  OpsSight sight;
  sight.heard = {up("a", "installation-a", 0)};
  auto alert = firing("TargetDown", "a", "critical", 7'000);
  alert.is_firing = false;
  sight.alerts = {alert};
  EXPECT_EQ(to_unix_millis(*of(installations_of(sight), "a").since), 7'000);
}

TEST(Standing, ASilencedAlertIsShownAndDisturbsNobody) {
  OpsSight sight;
  sight.heard = {up("a", "installation-a", 1)};
  sight.alerts = {firing("X", "a", "critical"), firing("Y", "a", "warning")};
  sight.muted = {{sight.alerts[0].labels, true}, {sight.alerts[1].labels, false}};
  const auto all = installations_of(sight);
  EXPECT_EQ(of(all, "a").health, OpsHealth::kWarning);
  const auto alerts = alerts_document(sight);
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0]["muted"], "silenced");
  EXPECT_EQ(alerts[1]["muted"], "inhibited");
}

TEST(Standing, AlertsAreInTheOrderToActOn) {
  OpsSight sight;
  sight.alerts = {firing("Info", "a", "info"), firing("Watchdog", "", "none"),
                  firing("Old", "b", "critical", 1'000), firing("New", "a", "critical", 2'000),
                  firing("Warn", "a", "warning")};
  auto pending = firing("Pending", "a", "critical");
  pending.is_firing = false;
  sight.alerts.push_back(pending);
  std::string order;
  for (const auto& alert : alerts_document(sight)) order += alert["name"].get<std::string>() + " ";
  EXPECT_EQ(order, "New Old Warn Info ");
  EXPECT_EQ(alerts_document(sight, "b").size(), 1u);
  EXPECT_EQ(alerts_document(sight, "b")[0]["runbook"], "Mend it.");
}

TEST(Standing, OfThousandsTheFirstAreTold) {
  OpsSight sight;
  for (std::size_t i = 0; i < kMaxToldAlerts + 10; ++i) {
    sight.alerts.push_back(firing("X", "a", "info"));
    sight.known.push_back(std::to_string(i) + "-" + std::to_string(i));
  }
  for (std::size_t i = 0; i < kMaxToldInstallations; ++i) sight.known.push_back(std::to_string(i));
  EXPECT_EQ(alerts_document(sight).size(), kMaxToldAlerts);
  // Each has its own page; the overview cuts its list.
  EXPECT_EQ(installations_of(sight).size(), kMaxToldInstallations + kMaxToldAlerts + 10 + 1);
}

TEST(Standing, OneThatPushedAndIsSilentIsDown) {
  OpsSight sight;
  sight.pushed = {"gone", "never", "here"};
  sight.ever_known = {"gone", "here"};
  sight.heard = {{{{"__name__", "node_time_seconds"}, {"installation", "here"}}, {{1, 5}}}};
  sight.alerts = {firing("PushStopped", "gone", "critical", 7'000)};
  const auto all = installations_of(sight);
  EXPECT_EQ(of(all, "gone").health, OpsHealth::kDown);
  EXPECT_EQ(to_unix_millis(*of(all, "gone").since), 7'000);
  EXPECT_EQ(of(all, "never").health, OpsHealth::kUnknown);
  EXPECT_EQ(of(all, "here").health, OpsHealth::kWell);
  for (const auto& one : all) EXPECT_TRUE(one.is_configured) << one.name;
  // Where nobody says what is heard, nobody says that it is silent.
  sight.heard.clear();
  sight.has_heard = false;
  sight.alerts.clear();
  EXPECT_EQ(of(installations_of(sight), "gone").health, OpsHealth::kUnknown);
}

TEST(Standing, OfManyInstallationsWithManyAlertsItIsSaidSoon) {
  OpsSight sight;
  for (int i = 0; i < 1'000; ++i) {
    const auto name = fmt::format("eu{}", i);
    sight.configured.push_back(name);
    for (const auto* job : {"database", "queue", "balancer"})
      sight.heard.push_back(up(name.c_str(), job, 1));
    for (const auto* alert : {"X", "Y", "Z"})
      sight.alerts.push_back(firing(alert, name.c_str(), "warning"));
    for (std::size_t two = 1; two <= 2; ++two)
      sight.muted.push_back({sight.alerts[sight.alerts.size() - two].labels, true});
  }
  const auto all = installations_of(sight);
  ASSERT_EQ(all.size(), 1'001u);
  for (const auto& one : all) EXPECT_EQ(one.warning, one.name == kOwnInstallation ? 0u : 1u);
}

TEST(Standing, AMutedAlertHasTheLabelsThatPrometheusAddsToAll) {
  OpsSight sight;
  sight.alerts = {firing("X", "a", "critical"), firing("Y", "", "critical"),
                  firing("Z", "a", "critical"), firing("Z", "a", "critical")};
  sight.alerts[3].labels["queue"] = "q";
  for (std::size_t i : {0, 1}) {
    sight.muted.push_back({sight.alerts[i].labels, true});
    sight.muted.back().labels["cluster"] = "north";
  }
  // One of two that differ by a label is not the other.
  sight.muted.push_back({sight.alerts[3].labels, true});
  int silenced = 0;
  for (const auto& alert : alerts_document(sight)) {
    const bool is_other = alert["name"] == "Z" && !alert["labels"].contains("queue");
    EXPECT_EQ(alert["muted"].is_null(), is_other) << alert;
    silenced += alert["muted"] == "silenced";
  }
  EXPECT_EQ(silenced, 3);
}

TEST(Standing, RulesThatNobodyEvaluatesAreTold) {
  OpsSight sight;
  EXPECT_NE(rules_trouble(sight).find("Watchdog"), std::string::npos);
  sight.has_alerts = false;
  EXPECT_EQ(rules_trouble(sight), "") << "nobody said which alerts fire";
  sight.has_alerts = true;
  sight.alerts = {firing("Watchdog", "", "none")};
  EXPECT_EQ(rules_trouble(sight), "");
}

}  // namespace
}  // namespace candor
