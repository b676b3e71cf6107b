// What is read of events that tell of health.
#include "contract/health_facts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/limits.h"

namespace candor {
namespace {

std::string text_of(const HealthFact& fact) {
  return fmt::format("{} {} {} {} {}", fact.name, fact.version, fact.run,
                     kRunStates[static_cast<std::size_t>(fact.state)],
                     fact.duration_ms ? std::to_string(*fact.duration_ms) : "-");
}

std::vector<std::string> facts_of(HealthFacts& facts, std::string_view body) {
  const auto read = facts.read(body);
  EXPECT_TRUE(read.ok()) << body;
  std::vector<std::string> texts;
  if (!read.ok()) return texts;
  for (const auto& fact : *read) texts.push_back(text_of(fact));
  return texts;
}

using Texts = std::vector<std::string>;
const DeclaredHealth kAll{"plugin.name", "plugin.version", "state", "run", "ms"};

TEST(HealthFacts, AreReadOfTheirPaths) {
  HealthFacts facts(kAll);
  EXPECT_EQ(
      facts_of(
          facts,
          R"({"plugin":{"name":"tap","version":"1.2"},"state":"failed","run":"r1","ms":12.6})"),
      Texts{"tap 1.2 r1 failed 13"});
  EXPECT_EQ(facts_of(facts, R"({"plugin":{"name":"tap"},"state":"started"})"),
            Texts{"tap   started -"});
  for (const auto* ended : {"completed", "aborted", "lost"}) {
    EXPECT_EQ(facts_of(facts, fmt::format(R"({{"plugin":{{"name":"t"}},"state":"{}"}})", ended)),
              Texts{fmt::format("t   {} -", ended)});
  }
}

TEST(HealthFacts, WhatSaysNoNameOrNoStateOfOursIsPassedOver) {
  HealthFacts facts(kAll);
  for (const auto* body :
       {R"({})", R"({"state":"completed"})", R"({"plugin":{"name":"tap"}})",
        R"({"plugin":{"name":"tap"},"state":"inflight"})", R"({"plugin":"tap","state":"failed"})",
        R"({"plugin":{"name":""},"state":"failed"})", R"({"plugin":{"name":7},"state":"failed"})",
        R"({"plugin":null,"state":"failed"})", R"([])", R"(7)"})
    EXPECT_EQ(facts_of(facts, body), Texts{}) << body;
  EXPECT_FALSE(facts.read("{").ok());
  EXPECT_FALSE(facts.read("").ok());
}

TEST(HealthFacts, WithoutAStateEachEventIsARunThatCompleted) {
  HealthFacts facts({"command", "", "", "", ""});
  EXPECT_EQ(facts_of(facts, R"({"command":"run"})"), Texts{"run   completed -"});
}

TEST(HealthFacts, OfAListEachElementIsOne) {
  HealthFacts facts({"c.plugins[].id.name", "c.plugins[].version", "state", "", ""});
  EXPECT_EQ(
      facts_of(
          facts,
          R"({"state":"failed","c":{"plugins":[{"id":{"name":"a"},"version":"1"},{"version":"2"},{"id":{"name":"b"}}]}})"),
      (Texts{"a 1  failed -", "b   failed -"}));
  EXPECT_EQ(facts_of(facts, R"({"state":"failed","c":{"plugins":{}}})"), Texts{});
  EXPECT_EQ(facts_of(facts, R"({"state":"failed"})"), Texts{});
  std::string many = R"({"state":"failed","c":{"plugins":[)";
  for (std::size_t i = 0; i <= kMaxHealthNames; ++i)
    many += fmt::format(R"({}{{"id":{{"name":"p{}"}}}})", i == 0 ? "" : ",", i);
  EXPECT_EQ(facts_of(facts, many + "]}}").size(), kMaxHealthNames);
}

TEST(HealthFacts, ADurationThatIsNoneIsNotKept) {
  HealthFacts facts(kAll);
  for (const auto* ms : {"-1", "\"7\"", "1e300", "null"}) {
    EXPECT_EQ(
        facts_of(facts,
                 fmt::format(R"({{"plugin":{{"name":"t"}},"state":"completed","ms":{}}})", ms)),
        Texts{"t   completed -"});
  }
}

}  // namespace
}  // namespace candor
