// The health of plugins, asked of the real engine.
#include <fmt/format.h>

#include "base/digest.h"
#include "engine_process.h"
#include "server/insight/questions.h"
#include "server/insight_keeper.h"
#include "server/load/schema.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"toml(candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "usage"
about = "Usage."
owner = "team"
[[channel.event]]
name = "plugin"
about = "A plugin."
run = true
health = { name = "name", version = "version" }
fields = [
  { path = "name", type = "string", about = "Which." },
  { path = "version", type = "string", about = "Its version." },
]
[[insight]]
name = "plugins"
about = "Plugins."
event = "plugin"
path = "name"
aggregate = "popular"
known = ["tap-known"]
)toml";

enum State { kStarted, kCompleted, kFailed, kAborted, kLost };

struct Told {
  int run = 0;
  State state = kCompleted;
  std::string source = "i1";
  std::string version = "1.0";
  std::int64_t duration_ms = -1;
  int automation = 0;
  std::string name = "tap";
  std::int64_t hours_ago = 1;
};

class HealthOfTheEngine : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    const auto made = make_tables(client_now());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  void tell(const std::vector<Told>& all) {
    std::string values;
    for (const auto& told : all) {
      const auto at = now_ - std::chrono::hours(told.hours_ago);
      values +=
          fmt::format("{}('p', 'plugin', '{}', '{}', '{}', {}, {}, {}, {}, {}, '{}', {})",
                      values.empty() ? "" : ", ", told.name, told.version, format_day(day_of(at)),
                      to_unix_millis(at), told.run, static_cast<int>(told.state), told.duration_ms,
                      told.automation, told.source, ++position_);
    }
    execute("INSERT INTO candor.runs VALUES " + values);
  }

  PluginHealth health() {
    const auto contract = parse_contract(kContract, "p.toml");
    EXPECT_TRUE(contract.ok()) << contract.error().message;
    auto found = Questions(client()).health(*contract, now_);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *found : PluginHealth();
  }
  HealthOfOne only() {
    auto all = health().all;
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? HealthOfOne() : all[0];
  }

  int position_ = 0;
  const Instant now_ = from_unix_millis(20'000 * Millis(std::chrono::days(1)).count() +
                                        Millis(std::chrono::hours(12)).count());
};

std::string text_of(const RunCounts& runs) {
  return fmt::format("{} running, {} completed, {} failed, {} aborted, {} lost", runs.running,
                     runs.completed, runs.failed, runs.aborted, runs.lost);
}

TEST_F(HealthOfTheEngine, NothingIsKnownOfNothing) { EXPECT_TRUE(health().all.empty()); }

TEST_F(HealthOfTheEngine, ARunHasOneOutcome) {
  tell({{1, kStarted}, {1, kCompleted}, {1, kCompleted}});
  tell({{2, kStarted}, {2, kFailed}});
  tell({{3, kAborted}, {3, kStarted}});
  tell({{4, kStarted}, {4, kLost}});
  tell({{5, kStarted}});
  EXPECT_EQ(text_of(only().figures.runs), "1 running, 1 completed, 1 failed, 1 aborted, 1 lost");
}

TEST_F(HealthOfTheEngine, AnEndThatWasToldWinsOverLostWhicheverCameFirst) {
  tell({{1, kStarted}, {1, kLost}, {1, kCompleted}});
  tell({{2, kStarted}, {2, kFailed}, {2, kLost}});
  EXPECT_EQ(text_of(only().figures.runs), "0 running, 1 completed, 1 failed, 0 aborted, 0 lost");
}

TEST_F(HealthOfTheEngine, WhatDidNotEndIsLostADayAfterItBegan) {
  Told old{1, kStarted};
  old.hours_ago = 24;
  tell({old});
  EXPECT_EQ(only().figures.runs.running, 1u);
  old = {2, kStarted};
  old.hours_ago = 25;
  tell({old});
  EXPECT_EQ(text_of(only().figures.runs), "1 running, 0 completed, 0 failed, 0 aborted, 1 lost");
}

TEST_F(HealthOfTheEngine, EqualNumbersOfTwoInstallationsAreTwoRuns) {
  Told other{1, kFailed};
  other.source = "i2";
  tell({{1, kCompleted}, other});
  const auto one = only();
  EXPECT_EQ(one.figures.runs.ended(), 2u);
  EXPECT_EQ(one.figures.installations, 2u);
  EXPECT_EQ(one.versions.at(0).judged, 2u);
  EXPECT_EQ(one.versions.at(0).failing, 1u);
}

TEST_F(HealthOfTheEngine, AutomationIsCountedApart) {
  Told automatic{7, kFailed};
  automatic.automation = 1;
  automatic.source = "ci";
  tell({{1, kCompleted}, automatic});
  const auto one = only();
  EXPECT_EQ(one.figures.runs.failed, 0u);
  EXPECT_EQ(one.figures.installations, 1u);
  EXPECT_EQ(one.automation.runs.failed, 1u);
  EXPECT_EQ(one.automation.installations, 1u);
  EXPECT_EQ(one.versions.at(0).failing, 0u);
  EXPECT_EQ(one.versions.at(0).days.at(0).runs, 1u);
  EXPECT_EQ(health().installations, 1u);
  EXPECT_EQ(health().automation, 1u);
}

TEST_F(HealthOfTheEngine, EngagedIsWhoBeganTwiceADayApart) {
  Told began{1, kStarted}, ended{1, kCompleted};
  began.hours_ago = 30;
  tell({began, ended});
  EXPECT_EQ(health().engaged, 0u) << "one run, which took a day";
  Told again{2, kCompleted};
  again.source = "i1";
  again.name = "other";
  tell({again});
  EXPECT_EQ(health().engaged, 1u);
  again.automation = 1;
  tell({again});
  EXPECT_EQ(health().engaged, 0u) << "the run was one of continuous integration, as told later";
  EXPECT_EQ(health().installations, 1u);
  EXPECT_EQ(health().automation, 1u);
}

TEST_F(HealthOfTheEngine, TheVersionToldLastIsTheRunsOwn) {
  Told replayed{1, kCompleted};
  replayed.version = "1.1";
  Told first{1, kCompleted};
  first.version = "";
  tell({first, replayed});
  const auto one = only();
  ASSERT_EQ(one.versions.size(), 1u);
  EXPECT_EQ(one.versions[0].version, "1.1");
}

TEST_F(HealthOfTheEngine, DurationsEngagementAndDays) {
  std::vector<Told> all;
  for (int i = 1; i <= 100; ++i) {
    Told told{i};
    told.duration_ms = i * 10;
    told.hours_ago = i <= 50 ? 1 : 49;
    told.source = i <= 50 ? "often" : i <= 75 ? "often" : "once";
    all.push_back(told);
  }
  tell(all);
  const auto one = only();
  ASSERT_TRUE(one.figures.median_ms && one.figures.p95_ms);
  EXPECT_NEAR(static_cast<double>(*one.figures.median_ms), 505, 15);
  EXPECT_NEAR(static_cast<double>(*one.figures.p95_ms), 955, 15);
  EXPECT_EQ(one.figures.installations, 2u);
  EXPECT_EQ(one.figures.engaged, 1u);
  EXPECT_EQ(health().engaged, 1u);
  const auto& days = one.versions.at(0).days;
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].day + 2, days[1].day);
  EXPECT_EQ(days[0].installations, 2u);
  EXPECT_EQ(days[1].completed, 50u);
  EXPECT_EQ(one.versions[0].since, days[0].day);
  tell({{200, kStarted, "i3", "2.0"}});
  EXPECT_FALSE(only().versions.at(1).figures.median_ms);
}

TEST_F(HealthOfTheEngine, TheWindowIsFourteenDays) {
  Told old{1};
  old.hours_ago = 24 * 13;
  Told older{2};
  older.hours_ago = 24 * 14;
  tell({old, older});
  EXPECT_EQ(only().figures.runs.completed, 1u);
}

TEST_F(HealthOfTheEngine, AVersionThatFailsForNearlyAllIsFailingAndABetterOneIsNamed) {
  std::vector<Told> all;
  for (int i = 0; i < 20; ++i) {
    const auto source = fmt::format("i{}", i);
    for (const auto* version : {"1.2.9", "1.2.10"}) {
      Told told{static_cast<int>(all.size())};
      told.source = source;
      told.version = version;
      told.state = told.version == "1.2.9" || i < 2 ? kCompleted : i < 11 ? kFailed : kLost;
      all.push_back(told);
    }
  }
  tell(all);
  const auto one = only();
  ASSERT_EQ(one.versions.size(), 2u);
  EXPECT_EQ(one.versions[0].judgement.verdict, Verdict::kHealthy);
  EXPECT_EQ(one.versions[1].judgement.verdict, Verdict::kFailing);
  EXPECT_EQ(one.judged, 1u);
  EXPECT_EQ(one.better, "1.2.9");
}

TEST_F(HealthOfTheEngine, AHashOfAKnownNameIsShownAsTheName) {
  Told hashed{1};
  hashed.name = sha256_hex("tap-known");
  tell({hashed});
  EXPECT_EQ(only().name, "tap-known");
}

TEST_F(HealthOfTheEngine, OfANameAndItsHashTheFiguresOfMostInstallationsStay) {
  std::vector<Told> all;
  for (int i = 1; i <= 5; ++i) {
    Told told{i};
    told.source = fmt::format("i{}", i);
    told.name = i <= 3 ? "tap-known" : sha256_hex("tap-known");
    told.state = i <= 3 ? kCompleted : kFailed;
    all.push_back(told);
  }
  tell(all);
  const auto one = only();
  EXPECT_EQ(one.figures.installations, 3u);
  ASSERT_EQ(one.versions.size(), 1u);
  EXPECT_EQ(one.versions[0].figures.runs.completed, 3u);
  EXPECT_EQ(one.versions[0].judged, 3u);
  EXPECT_EQ(one.versions[0].failing, 0u);
  ASSERT_EQ(one.versions[0].days.size(), 1u);
  EXPECT_EQ(one.versions[0].days[0].completed, 3u);
}

TEST_F(HealthOfTheEngine, ItsStateIsAnotherWhenRunsCome) {
  const auto state = [&] { return *Questions(client()).health_state("p", now_); };
  const auto before = state();
  EXPECT_EQ(before, state());
  tell({{1}});
  EXPECT_NE(before, state());
}

TEST_F(HealthOfTheEngine, DamagedMarksOfFixedCrashesDoNotStopIt) {
  const auto marks = folder_.path() / "fixed-crashes";
  ASSERT_TRUE(make_folder(marks).ok());
  ASSERT_TRUE(write_file(marks / "marks.json", "{").ok());
  auto contract = parse_contract(kContract, "p.toml");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  std::vector<Catalogue::Entry> entries(1);
  entries[0].contract = std::make_shared<const Contract>(*std::move(contract));
  const auto catalogue = Catalogue::open(std::move(entries), folder_.path() / "archive");
  ASSERT_TRUE(catalogue.ok()) << catalogue.error().message;
  const auto key = SigningKey::generate();
  const InsightKeeper keeper({*catalogue, key, system_clock(),
                              *parse_engine_address("unix:" + socket().string()),
                              std::chrono::seconds(1), nullptr, marks});
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (keeper.of("p") == nullptr && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_NE(keeper.of("p"), nullptr);
}

}  // namespace
}  // namespace candor
