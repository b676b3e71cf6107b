// Support's questions, asked of the real engine.
#include "server/insight/questions.h"

#include <fmt/format.h>

#include "engine_process.h"
#include "server/engine/limits.h"
#include "server/insight/limits.h"
#include "server/load/daily_rollup.h"
#include "server/load/schema.h"

namespace candor {
namespace {

class AskedOfTheEngine : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    const auto made = make_tables(client_now());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  void crash(std::string_view installation, std::string_view id, std::string_view signature,
             int version, int at, std::string_view frames = "'f'") {
    execute(
        fmt::format("INSERT INTO candor.crashes (product, installation, crash, day, version, "
                    "signature, at, reason, frames) SELECT 'p', '{}', '{}', '2026-11-20', {}, "
                    "'{}', {}, 'why {}', {}",
                    installation, id, version, signature, at, version, frames));
  }

  void report(std::string_view installation, int version, std::string_view body,
              int simulated = 0) {
    execute(
        fmt::format("INSERT INTO candor.reports (product, day, simulated, installation, version, "
                    "received, body) SELECT 'p', '1970-01-01', {}, '{}', {}, 1, {}",
                    simulated, installation, version, body));
    execute(
        fmt::format("INSERT INTO candor.report_values (product, simulated, insight, day, "
                    "installation, version, text) SELECT 'p', {}, 'version', '1970-01-01', '{}', "
                    "{}, 'v{}'",
                    simulated, installation, version, version));
    execute(fmt::format("INSERT INTO candor.lookups SELECT 'p', 'key', '{}', '', '1970-01-01', {}",
                        installation, version));
  }

  void event(std::string_view source, std::string_view name, std::int64_t day, int at, int version,
             std::string_view body) {
    execute(
        fmt::format("INSERT INTO candor.events (product, name, day, at, id, source, version, body) "
                    "SELECT 'p', '{}', '{}', {}, 'id', '{}', {}, {}",
                    name, format_day(day), at, source, version, body));
  }

  Crashes crashes() {
    auto found = Questions(client()).crashes("p", Simulated::kLeftOut);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *found : Crashes();
  }

  std::vector<FoundInstallation> look_up() {
    auto found = Questions(client()).look_up("p", "key", now_);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? *found : std::vector<FoundInstallation>();
  }

  const std::int64_t today_ = 20'000;
  const Instant now_ = from_unix_millis(today_ * Millis(std::chrono::days(1)).count());
};

TEST_F(AskedOfTheEngine, AGroupOfCrashesShowsWhatTheNewestReportTellsOfTheLastCrash) {
  crash("i1", "c1", "s", 1, 10);
  crash("i1", "c2", "s", 1, 20);
  crash("i2", "c2", "s", 1, 15);
  crash("i1", "c2", "s", 2, 20, "'a\\nb'");
  crash("i1", "c1", "of an older client", 0, 30);
  const auto found = crashes();
  EXPECT_EQ(found.crashes, 3u);
  ASSERT_EQ(found.groups.size(), 1u);
  EXPECT_EQ(found.groups[0].installations, 2u);
  EXPECT_EQ(to_unix_millis(found.groups[0].last), 20);
  EXPECT_EQ(found.groups[0].reason, "why 2");
  EXPECT_EQ(found.groups[0].frames, (std::vector<std::string>{"a", "b"}));
}

TEST_F(AskedOfTheEngine, StacksOfAnyLengthFitTheMemoryOfAStatement) {
  // Together they are more than a statement may have.
  constexpr int kAtOnce = 1'000;
  constexpr int kCrashes = 10 * kAtOnce;
  static_assert(std::uint64_t{kCrashes} * 32'768 > kStatementMemoryBytes);
  for (int i = 0; i < kCrashes; i += kAtOnce) {
    execute(
        fmt::format("INSERT INTO candor.crashes (product, installation, crash, day, version, "
                    "signature, at, frames) SELECT 'p', 'i', toString(number), '2026-11-20', 1, "
                    "'s', number, repeat('f', 32768) FROM system.numbers WHERE number >= {} LIMIT "
                    "{}",
                    i, kAtOnce));
  }
  const auto found = crashes();
  ASSERT_EQ(found.groups.size(), 1u);
  EXPECT_EQ(found.groups[0].crashes, kCrashes);
  EXPECT_EQ(found.groups[0].frames.at(0).size(), 32'768u);
}

TEST_F(AskedOfTheEngine, WhoReportsNowIsToldByTheNewestReport) {
  const auto reported = [&](std::string_view who, int hours_ago, int robot = 0, int simulated = 0) {
    const auto at = now_ - std::chrono::hours(hours_ago);
    execute(
        fmt::format("INSERT INTO candor.report_values (product, simulated, insight, day, "
                    "installation, automation, version, present) SELECT 'p', {}, '', '{}', '{}', "
                    "{}, {}, 1",
                    simulated, format_day(day_of(at)), who, robot, to_unix_millis(at)));
  };
  reported("now", 60);
  reported("now", 2);
  reported("just", static_cast<int>(kReportingTime.count()));
  reported("late", static_cast<int>(kReportingTime.count()) + 1);
  reported("robot", 2, 1);
  reported("made up", 2, 0, 1);
  const auto found = Questions(client()).reporting("p", Simulated::kLeftOut, now_);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, 2u);
}

TEST_F(AskedOfTheEngine, ALookUpShowsTheNewestOfEachAndNothingSimulated) {
  report("i1", 1, "'old'");
  report("i1", 3, "'new'");
  report("made up", 9, "'x'", 1);
  event("i1", "e", today_ - kFoundEventDays + 1, 7, 1, "'before'");
  event("i1", "e", today_ - kFoundEventDays + 1, 7, 2, "'replayed'");
  event("i1", "long ago", today_ - kFoundEventDays - 1, 1, 1, "'gone'");
  event("i1", "long", today_, 5, 1, fmt::format("repeat('x', {})", kMaxFoundEventBytes + 1));
  const auto found = look_up();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].installation, "i1");
  EXPECT_EQ(found[0].version, "v3");
  EXPECT_EQ(to_unix_millis(found[0].first), 1);
  EXPECT_EQ(to_unix_millis(found[0].last), 7);
  ASSERT_EQ(found[0].newest.size(), 3u);
  EXPECT_EQ(found[0].newest[0].body, "new");
  EXPECT_EQ(found[0].newest[1].body, "replayed");
  EXPECT_EQ(found[0].newest[2].event, "long");
  EXPECT_EQ(found[0].newest[2].body, "") << "too long";
}

TEST_F(AskedOfTheEngine, OfLongReportsALookUpShowsThoseThatFit) {
  const auto longest =
      fmt::format("repeat(repeat('x', 1024), {})", kMaxFoundReportBytes / 1024 - 1);
  report("i1", 3, longest);
  report("i2", 2, longest);
  report("i3", 1, "'y'");
  const auto found = look_up();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].newest[0].body.size(), kMaxFoundReportBytes - 1024);
  EXPECT_EQ(found[1].newest[0].body, "");
  EXPECT_EQ(found[2].newest[0].body, "y");
}

TEST_F(AskedOfTheEngine, EventsOfAutomationAreCountedApart) {
  const auto add = [&](std::string_view name, std::string_view bucket, int events,
                       std::string_view hashes) {
    execute(
        fmt::format("INSERT INTO candor.daily_blocks SELECT 'p', '', '{}', '{}', '{}', {}, 0, "
                    "{}, 1",
                    format_day(today_), name, bucket, events, hashes));
  };
  add("used", "", 5, "[1, 2]");
  add("built", "", 3, "[1]");
  add("used", kAutomationBucket, 7, "[3, 4, 5]");
  add("tested", kAutomationBucket, 2, "[3]");
  const auto found = Questions(client()).events("p", 2, now_);
  ASSERT_TRUE(found.ok()) << found.error().message;
  std::string text;
  for (const auto& one : found->names)
    text += fmt::format("{} {} {} {}; ", one.name, one.count, one.sources, one.automation);
  EXPECT_EQ(text, "used 5 2 7; built 3 1 0; tested 0 0 2; ");
  EXPECT_EQ(found->sources, 2u);
  EXPECT_EQ(found->automation, 3u);
  EXPECT_EQ(found->counts, (std::vector<double>{0, 8}));
}

// What backups of before hold is put back.
TEST_F(AskedOfTheEngine, RowsWithoutTheColumnsThatCameLaterAreTaken) {
  event("i1", "e", today_, 1, 1, "'of before'");
  const auto rows = client_now().select(
      "SELECT product, name, day, at, id, source, received, protocol, contract, version, again, "
      "body FROM candor.events",
      "Native");
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  const auto inserted = client_now().insert(
      {.into = "candor.events", .format = "Native", .rows = *rows, .token = "again"});
  ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  EXPECT_EQ(*client_now().select("SELECT automation, body FROM candor.events", "TabSeparated"),
            "0\tof before\n0\tof before\n");
}

TEST_F(AskedOfTheEngine, TablesOfBeforeGetTheColumnsThatCameLater) {
  for (const auto* table : {"events", "quarantine"})
    execute(fmt::format("ALTER TABLE candor.{} DROP COLUMN automation", table));
  event("i1", "e", today_, 1, 1, "'of before'");
  for (int start = 0; start < 2; ++start) {
    const auto made = make_tables(client_now());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }
  EXPECT_EQ(*client_now().select("SELECT table FROM system.columns WHERE database = 'candor' AND "
                                 "table IN ('events', 'quarantine') AND name = 'automation' ORDER "
                                 "BY table",
                                 "TabSeparated"),
            "events\nquarantine\n");
  EXPECT_EQ(*client_now().select("SELECT automation, body FROM candor.events", "TabSeparated"),
            "0\tof before\n");
}

}  // namespace
}  // namespace candor
