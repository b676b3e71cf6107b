#include "agent/seal/off_switch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace candor {
namespace {

Policy policy(Mode mode) { return {mode, "", "/p.toml"}; }

TEST(OffSwitch, PrecedenceTable) {
  struct Case {
    const char* do_not_track;
    const char* telemetry;
    std::optional<Mode> policy;
    std::optional<Mode> consent;
    Mode mode;
    Level level;
    bool compiled_out = false;
  };
  constexpr auto on = Mode::kOn;
  constexpr auto off = Mode::kOff;
  constexpr auto local = Mode::kLocal;
  const Case cases[] = {
      // Nobody says anything: off.
      {"", "", {}, {}, off, Level::kNoConsent},
      {"", "", {}, off, off, Level::kConsent},
      {"", "", {}, local, local, Level::kConsent},
      {"", "", {}, on, on, Level::kConsent},
      // DO_NOT_TRACK wins over everything, unless it says no.
      {"1", "", {}, on, off, Level::kDoNotTrack},
      {"1", "on", on, on, off, Level::kDoNotTrack},
      {"yes", "", {}, {}, off, Level::kDoNotTrack},
      {"0", "", {}, on, on, Level::kConsent},
      {"false", "", {}, on, on, Level::kConsent},
      {"False", "", {}, on, on, Level::kConsent},
      // CANDOR_TELEMETRY takes away and never gives.
      {"", "off", {}, on, off, Level::kEnvironment},
      {"", "OFF", {}, on, off, Level::kEnvironment},
      {"", "local", {}, on, local, Level::kEnvironment},
      {"", "local", {}, off, off, Level::kConsent},
      {"", "local", off, on, off, Level::kPolicy},
      {"", "on", {}, {}, off, Level::kNoConsent},
      {"", "on", {}, off, off, Level::kConsent},
      {"", "on", off, on, off, Level::kPolicy},
      {"", "perhaps", {}, on, off, Level::kEnvironment},
      // So does a policy.
      {"", "", off, on, off, Level::kPolicy},
      {"", "", local, on, local, Level::kPolicy},
      {"", "", local, off, off, Level::kConsent},
      {"", "", on, {}, off, Level::kNoConsent},
      {"", "", on, on, on, Level::kConsent},
      // Nothing is said against a program that was built without.
      {"", "on", on, on, off, Level::kCompiledOut, true},
      {"1", "", {}, {}, off, Level::kCompiledOut, true},
  };
  for (const auto& c : cases) {
    SwitchInputs inputs{c.do_not_track, c.telemetry, {}, c.consent};
    if (c.policy) inputs.policy = policy(*c.policy);
    inputs.compiled_out = c.compiled_out;
    const auto decision = decide(inputs);
    const auto name =
        fmt::format("DNT={} CT={} policy={} consent={}", c.do_not_track, c.telemetry,
                    c.policy ? name_of(*c.policy) : "-", c.consent ? name_of(*c.consent) : "-");
    EXPECT_EQ(decision.mode, c.mode) << name;
    EXPECT_EQ(decision.level, c.level) << name;
    EXPECT_FALSE(decision.reason.empty()) << name;
  }
}

TEST(OffSwitch, NothingMakesItMoreThanTheConsent) {
  for (const auto consent : {Mode::kOff, Mode::kLocal, Mode::kOn}) {
    for (const char* telemetry : {"", "on", "off", "local", "x"}) {
      for (const auto by_policy : {Mode::kOff, Mode::kLocal, Mode::kOn}) {
        EXPECT_LE(decide({"", telemetry, policy(by_policy), consent}).mode, consent);
      }
    }
  }
}

TEST(OffSwitch, TheProductsOwnNoWinsOverTheConsentAndUnderThePolicy) {
  SwitchInputs inputs{"", "", {}, Mode::kOn, "The product says no."};
  EXPECT_EQ(decide(inputs).mode, Mode::kOff);
  EXPECT_EQ(decide(inputs).level, Level::kProduct);
  EXPECT_EQ(decide(inputs).reason, "The product says no.");
  EXPECT_TRUE(decide(inputs).is_forbidden());
  inputs.policy = policy(Mode::kOff);
  EXPECT_EQ(decide(inputs).level, Level::kPolicy);
  inputs.policy = policy(Mode::kLocal);
  EXPECT_EQ(decide(inputs).mode, Mode::kOff) << "the stricter word counts";
}

TEST(OffSwitch, OnlyForeignWordsForbid) {
  EXPECT_TRUE(decide({"1", "", {}, Mode::kOn}).is_forbidden());
  EXPECT_TRUE(decide({"", "local", {}, Mode::kOn}).is_forbidden());
  EXPECT_FALSE(decide({"", "", {}, Mode::kOff}).is_forbidden());
  EXPECT_FALSE(decide({"", "", {}, Mode::kOn}).is_forbidden());
}

TEST(OffSwitch, WhatIsAnnouncedIsOffUntilItBegins) {
  SwitchInputs inputs;
  inputs.consent = Mode::kOn;
  inputs.by_notice = true;
  inputs.starts_at = parse_rfc3339("2026-11-22T07:00:00Z");
  const auto waiting = decide(inputs);
  EXPECT_EQ(waiting.mode, Mode::kOff);
  EXPECT_EQ(waiting.level, Level::kConsent);
  EXPECT_EQ(waiting.reason,
            "A notice was given, and it begins at 2026-11-22T07:00:00Z unless `candor off` refuses "
            "it. `candor on` begins at once.");
  inputs.starts_at.reset();
  EXPECT_EQ(decide(inputs).mode, Mode::kOn);
  inputs.do_not_track = "1";
  EXPECT_EQ(decide(inputs).level, Level::kDoNotTrack);
}

TEST(Policy, AFileThatIsNamedAndMissingOrWrongSaysOff) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "policy.toml";
  const Environment environment(Environment::Variables{{"CANDOR_POLICY", file.string()}});
  const auto missing = read_policy(environment);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->telemetry, Mode::kOff);
  EXPECT_NE(missing->reason.find("counts as off"), std::string::npos);
  ASSERT_TRUE(write_file(file, "telemetry = \"onn\"\n").ok());
  const auto wrong = read_policy(environment);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->telemetry, Mode::kOff);
  EXPECT_NE(wrong->reason.find("policy.toml:1:"), std::string::npos) << wrong->reason;
  ASSERT_TRUE(write_file(file, "telemetry = \"on\"\n").ok());
  EXPECT_NE(decide({"", "", read_policy(environment), Mode::kOn}).level, Level::kPolicy);
}

TEST(Policy, OfTwoFilesTheStricterCounts) {
  const TemporaryFolder folder;
  const auto of_system = folder.path() / "policy.toml";
  const auto named = folder.path() / "named.toml";
  const Environment environment(Environment::Variables{{"CANDOR_POLICY", named.string()}});
  const auto put = [](const Path& file, const char* mode) {
    ASSERT_TRUE(write_file(file, fmt::format("telemetry = \"{}\"\n", mode)).ok());
  };
  EXPECT_FALSE(read_policy({}, of_system)) << "nobody says anything";
  for (const auto* first : {"off", "local", "on"}) {
    put(of_system, first);
    const auto alone = read_policy({}, of_system);
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->telemetry, *parse_mode(first));
    EXPECT_EQ(alone->file, of_system);
    EXPECT_FALSE(alone->by_variable);
    for (const auto* second : {"off", "local", "on"}) {
      put(named, second);
      const auto both = read_policy(environment, of_system);
      ASSERT_TRUE(both);
      const bool named_is_stricter = *parse_mode(second) < *parse_mode(first);
      EXPECT_EQ(both->telemetry, std::min(*parse_mode(first), *parse_mode(second)));
      EXPECT_EQ(both->file, named_is_stricter ? named : of_system) << first << " and " << second;
      EXPECT_EQ(both->by_variable, named_is_stricter);
    }
  }
  // One that is wrong forbids, whatever the other allows.
  put(named, "on");
  ASSERT_TRUE(write_file(of_system, "telemetry = 1\n").ok());
  EXPECT_EQ(read_policy(environment, of_system)->telemetry, Mode::kOff);
  put(of_system, "on");
  ASSERT_TRUE(remove_file(named).ok());
  EXPECT_EQ(read_policy(environment, of_system)->telemetry, Mode::kOff) << "named, and missing";
}

TEST(Policy, IsReadStrictly) {
  const auto good =
      parse_policy("telemetry = \"local\"\nreason = \"Company rule 7.\"\n", "/p.toml");
  ASSERT_TRUE(good.ok());
  EXPECT_EQ(good->telemetry, Mode::kLocal);
  EXPECT_EQ(parse_policy("telemetry = \"of\"\n", "/p.toml").error().kind,
            ErrorKind::kConfiguration);
  EXPECT_FALSE(parse_policy("telemtry = \"off\"\n", "/p.toml").ok());
}

TEST(Policy, AFileWithoutAWordSaysOff) {
  EXPECT_EQ(parse_policy("", "/p.toml")->telemetry, Mode::kOff);
}

TEST(Automation, IsSeenInTheEnvironment) {
  EXPECT_FALSE(is_automation({}));
  EXPECT_TRUE(is_automation(Environment(Environment::Variables{{"CI", "true"}})));
  EXPECT_FALSE(is_automation(Environment(Environment::Variables{{"CI", "false"}})));
  EXPECT_TRUE(is_automation(Environment(Environment::Variables{{"GITHUB_ACTIONS", "true"}})));
}

}  // namespace
}  // namespace candor
