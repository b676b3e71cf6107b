#include "agent/leaving.h"

#include <gmock/gmock.h>

#include "agent/agent_fixture.h"

namespace candor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instant at(std::string_view time) { return *parse_rfc3339(time); }

const Instant kBegins = at("2026-11-21T07:00:00Z");
const Instant kNow = at("2026-11-21T09:00:00Z");

TEST(AfterLook, WithoutALookBeforeTheConsentsBeginningCounts) {
  EXPECT_EQ(after_look(std::nullopt, {"a"}, kBegins, kNow), (LeavingSince{{"a", kBegins}}));
  EXPECT_EQ(after_look(std::nullopt, {}, kBegins, kNow), LeavingSince());
}

TEST(AfterLook, WhatGoesOnKeepsItsMomentAndWhatComesGetsThatOfTheLook) {
  const LeavingSince before = {{"a", at("2026-11-21T08:00:00Z")}, {"b", kBegins}};
  EXPECT_EQ(after_look(before, {"a", "c"}, kBegins, kNow),
            (LeavingSince{{"a", at("2026-11-21T08:00:00Z")}, {"c", kNow}}));
  EXPECT_EQ(after_look(LeavingSince(), {"a"}, kBegins, kNow), (LeavingSince{{"a", kNow}}));
}

constexpr std::string_view kWithCrashes =
    "candor = 1\n[product]\nname = \"mesh\"\ncontact = \"c\"\nendpoint = "
    "\"https://collector.example.com\"\n"
    "[[collector]]\nkind = \"host\"\n[[collector]]\nkind = \"crashes\"\n"
    "[[channel]]\nname = \"host\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"cpu.count\", type = \"integer\", about = \"x\" },\n]\n"
    "[[channel]]\nname = \"crash\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"program_crashes[].id\", type = \"string\", max_length = 32, about = \"x\" },\n"
    "  { path = \"program_crashes[].time\", type = \"timestamp\", about = \"x\" },\n]\n";

class Leaving : public AgentTest {
 protected:
  Leaving() {
    contract(kWithCrashes);
    EXPECT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  }
  void crash_now() {
    const auto id = fmt::format("{:032x}", ++crashes_);
    const auto record = fmt::format(
        R"({{"candor_crash":1,"id":"{}","program":"p","version":"1","signal":"SIGSEGV",)"
        R"("time":"{}","architecture":"x86_64","frames":[]}})",
        id, format_rfc3339(clock_.now()));
    const auto folder = paths_.state / kCrashFolder;
    ASSERT_TRUE(make_folder(folder).ok());
    ASSERT_TRUE(write_file(folder / (id + ".json"), record).ok());
  }
  void later() { clock_.advance(std::chrono::minutes(5)); }
  // The times of the crashes that the next report holds.
  static std::vector<std::string> times_in(const std::string& bytes) {
    std::vector<std::string> times;
    const auto json = *parse_json(bytes);
    const auto* crashes = find_member(json, "program_crashes");
    if (crashes == nullptr) return times;
    for (const auto& crash : *crashes) times.push_back(string_member(crash, "time"));
    return times;
  }
  std::vector<std::string> reported(Environment::Variables variables = {}) {
    const auto sealed = open(std::move(variables)).seal_now();
    EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    return sealed.ok() ? times_in(sealed->bytes) : std::vector<std::string>{"none"};
  }
  std::string kept() { return open().state().read("leaving.json").value_or(""); }
  // As the commands do.
  void channel(std::string_view setting) {
    ASSERT_TRUE(open().note_leaving().ok());
    configure(setting);
    ASSERT_TRUE(open().note_leaving().ok());
  }
  // A crash at 07:05, and one at 07:15 after `between`, at 07:10.
  void crash_around(const std::function<void()>& between) {
    later();
    crash_now();
    later();
    between();
    later();
    crash_now();
    later();
  }
  int crashes_ = 0;
};

TEST_F(Leaving, ACrashUnderTheConsentLeaves) {
  crash_around([] {});
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:05:00Z", "2026-11-21T07:15:00Z"));
}

TEST_F(Leaving, ACrashWhileItsChannelWasOffStaysHome) {
  channel("channel_crash = false\n");
  crash_around([&] { channel(""); });
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:15:00Z"));
}

TEST_F(Leaving, AChannelEnabledLaterBeginsThen) {
  // Off from the start, and no look of a version that keeps one.
  channel("channel_crash = false\n");
  ASSERT_TRUE(open().state().remove("leaving.json").ok());
  crash_around([&] { channel("channel_crash = true\n"); });
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:15:00Z"));
}

TEST_F(Leaving, AnotherChannelsChangeKeepsNothingHome) {
  crash_around([&] {
    channel("channel_host = false\n");
    channel("");
  });
  EXPECT_EQ(reported().size(), 2u);
}

TEST_F(Leaving, ACrashWhileAPolicyRefusedStaysHome) {
  for (const char* word : {"off", "local"}) {
    const auto policy = folder_.path() / "policy.toml";
    ASSERT_TRUE(write_file(policy, fmt::format("telemetry = \"{}\"\n", word)).ok());
    ASSERT_TRUE(open({{"CANDOR_POLICY", policy.string()}}).note_leaving(Agent::Eyes::kAgent).ok());
    const auto before = clock_.now();
    crash_around([&] { ASSERT_TRUE(open().note_leaving(Agent::Eyes::kAgent).ok()); });
    EXPECT_THAT(reported(), ElementsAre(format_rfc3339(before + std::chrono::minutes(15)))) << word;
  }
}

TEST_F(Leaving, APolicyFromBeforeTheFirstLookCountsToo) {
  ASSERT_TRUE(open().state().remove("leaving.json").ok());
  const Environment::Variables refused = {{"CANDOR_POLICY", "/nonexistent/policy.toml"}};
  ASSERT_TRUE(open(refused).note_leaving(Agent::Eyes::kAgent).ok());
  crash_around([&] { ASSERT_TRUE(open().note_leaving(Agent::Eyes::kAgent).ok()); });
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:15:00Z"));
}

TEST_F(Leaving, TheEnvironmentDatesARefusalOfTheRunningAgentOnly) {
  const auto before = kept();
  for (const auto* name : {"DO_NOT_TRACK", "CANDOR_TELEMETRY"}) {
    const Environment::Variables refused = {
        {name, std::string_view(name) == "DO_NOT_TRACK" ? "1" : "off"}};
    ASSERT_TRUE(open(refused).note_leaving().ok());
    EXPECT_EQ(kept(), before);
    ASSERT_TRUE(open(refused).note_leaving(Agent::Eyes::kAgent).ok());
    EXPECT_NE(kept(), before);
    ASSERT_TRUE(open().state().write("leaving.json", before).ok());
  }
}

TEST_F(Leaving, AfterAnUpgradeTheConsentsBeginningCounts) {
  ASSERT_TRUE(open().state().remove("leaving.json").ok());
  crash_around([] {});
  EXPECT_EQ(reported().size(), 2u);
}

TEST_F(Leaving, ADamagedFileLetsNothingOlderLeave) {
  crash_around([&] { ASSERT_TRUE(open().state().write("leaving.json", "{").ok()); });
  EXPECT_THAT(reported(), IsEmpty());
  EXPECT_NE(kept(), "{");
}

TEST_F(Leaving, ANewConsentBeginsAnew) {
  crash_around([&] {
    ASSERT_TRUE(open().turn_off().ok());
    ASSERT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  });
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:15:00Z"));
}

TEST_F(Leaving, AChannelSwitchedOffWithTelemetryOffIsNotOnSinceTheOldConsent) {
  ASSERT_TRUE(open().turn_off().ok());
  configure("channel_crash = false\n");
  later();
  ASSERT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  crash_around([&] { channel(""); });
  EXPECT_THAT(reported(), ElementsAre("2026-11-21T07:20:00Z"));
}

TEST_F(Leaving, AReportForLocalEyesCountsFromItsOwnBeginning) {
  ASSERT_TRUE(open().turn_local().ok());
  const auto before = kept();
  crash_around([] {});
  EXPECT_EQ(reported().size(), 2u);
  EXPECT_EQ(kept(), before);
}

TEST_F(Leaving, ShowingWritesNothing) {
  channel("channel_crash = false\n");
  crash_around([&] { configure(""); });
  const auto before = kept();
  const auto agent = open();
  const auto shown = agent.preview(agent.channels(), Agent::Fields::kAgreed);
  ASSERT_TRUE(shown.ok());
  EXPECT_THAT(times_in(shown->report.bytes()), IsEmpty()) << "as the report that follows";
  EXPECT_EQ(kept(), before);
  EXPECT_THAT(reported(), IsEmpty());
}

TEST_F(Leaving, WhereNobodySaidYesThereIsNoFile) {
  ASSERT_TRUE(open().turn_off().ok());
  ASSERT_TRUE(open().state().remove("leaving.json").ok());
  ASSERT_TRUE(open().note_leaving(Agent::Eyes::kAgent).ok());
  EXPECT_FALSE(open().state().has("leaving.json"));
}

TEST_F(Leaving, ALookThatFindsNothingNewTouchesNothing) {
  ASSERT_TRUE(remove_file(paths_.state / "lock").ok());
  later();
  ASSERT_TRUE(open().note_leaving(Agent::Eyes::kAgent).ok());
  EXPECT_FALSE(open().state().has("lock")) << "the agent would wake itself again and again";
}

}  // namespace
}  // namespace candor
