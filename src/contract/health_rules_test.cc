// What `health` of an event may name.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/program_fixture.h"

namespace candor {
namespace {

Result<Contract> with_health(std::string_view health, std::string_view more = "") {
  return program_contract("", fmt::format(R"(
[[channel.event]]
name = "called"
about = "A plugin was called."
health = {{ {} }}
{}
fields = [
  {{ path = "plugin", type = "string", about = "Which." }},
  {{ path = "release", type = "string", about = "Its version." }},
  {{ path = "how", type = "string", about = "How it ended." }},
  {{ path = "ms", type = "number", about = "How long it took." }},
  {{ path = "ci", type = "boolean", about = "Whether it was continuous integration." }},
  {{ path = "plugins[].name", type = "string", about = "Which." }},
  {{ path = "plugins[].version", type = "string", about = "Its version." }},
  {{ path = "groups[].plugins[].name", type = "string", about = "Which." }},
  {{ path = "options.*", type = "string", about = "Options." }},
  {{ path = "password", type = "string", class = "never", about = "Is never sent." }},
  {{ path = "customer", type = "string", purpose = "support", lookup = true, about = "Whose." }},
]
)",
                                          health, more));
}

TEST(HealthRules, PathsAreFieldsOfTheEvent) {
  const auto contract = with_health(
      R"(name = "plugin", version = "release", state = "how", run = "release", duration = "ms")");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  const auto& health = contract->events[0].health;
  ASSERT_TRUE(health);
  EXPECT_EQ(health->name, "plugin");
  EXPECT_EQ(health->version, "release");
  EXPECT_EQ(health->state, "how");
  EXPECT_EQ(health->run, "release");
  EXPECT_EQ(health->duration, "ms");
  EXPECT_TRUE(with_health(R"(name = "plugins[].name", version = "plugins[].version")").ok());
  EXPECT_TRUE(with_health(R"(name = "plugin")").ok());
}

TEST(HealthRules, WhatARunSaysOfItselfIsImplied) {
  const auto contract = with_health(R"(name = "plugin")", "run = true");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  const auto& health = *contract->events[0].health;
  EXPECT_EQ(health.state, kRunState);
  EXPECT_EQ(health.run, kRunId);
  EXPECT_EQ(health.duration, kRunDuration);
  const auto said = with_health(R"(name = "plugin", state = "how")", "run = true");
  ASSERT_FALSE(said.ok());
  EXPECT_NE(said.error().message.find("a run says its state itself"), std::string::npos);
}

TEST(HealthRules, WhatDoesNotFitIsRefusedWithItsReason) {
  const auto refused = [](std::string_view health, std::string_view why) {
    const auto contract = with_health(health);
    ASSERT_FALSE(contract.ok()) << health;
    EXPECT_NE(contract.error().message.find(why), std::string::npos) << contract.error().message;
  };
  refused(R"(version = "release")", "name is missing");
  refused(R"(name = "nothing")", "no field \"nothing\"");
  refused(R"(name = "ms")", "name is a string, and \"ms\" is none");
  refused(R"(name = "plugin", duration = "how")", "duration is a number");
  refused(R"(name = "password")", "is never sent");
  refused(R"(name = "customer")", "for support alone");
  refused(R"(name = "options.*")", "in an open map");
  refused(R"(name = "groups[].plugins[].name")", "more than one list");
  refused(R"(name = "plugin", state = "plugins[].name")", "an event has one state");
  refused(R"(name = "plugins[].name", version = "release")", "not in the same list");
  refused(R"(name = "plugin", colour = "how")", "colour");
}

TEST(AutomationOfEvents, IsABooleanOfTheEvent) {
  const auto of = [](std::string_view more) { return with_health(R"(name = "plugin")", more); };
  EXPECT_EQ(of("")->events[0].automation, "");
  EXPECT_EQ(of(R"(automation = "ci")")->events[0].automation, "ci");
  EXPECT_EQ(of("run = true")->events[0].automation, kRunAutomation);
  const auto refused = [&](std::string_view more, std::string_view why) {
    const auto contract = of(more);
    ASSERT_FALSE(contract.ok()) << more;
    EXPECT_NE(contract.error().message.find(why), std::string::npos) << contract.error().message;
  };
  refused(R"(automation = "nothing")", "no field \"nothing\"");
  refused(R"(automation = "how")", "automation is a boolean, and \"how\" is none");
  refused("run = true\nautomation = \"ci\"", "a run says its automation itself");
}

}  // namespace
}  // namespace candor
