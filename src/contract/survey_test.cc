#include "contract/survey.h"

#include <gtest/gtest.h>

#include "contract/docs.h"
#include "contract/program_fixture.h"

namespace candor {
namespace {

Result<Contract> asking(std::string_view ask, std::string_view field = "", bool twice = false) {
  constexpr std::string_view kRating =
      R"({ path = "rating", type = "integer", min = 1, max = 5, about = "Stars." })";
  auto events = fmt::format(R"toml(
[[channel.event]]
name = "export rated"
about = "An export was rated."
ask = {{ {} }}
fields = [{}]
)toml",
                            ask, field.empty() ? kRating : field);
  if (twice) {
    events += events;
    events.replace(events.rfind("export rated"), 12, "import rated");
  }
  return program_contract("", events);
}

std::string refusal(const Result<Contract>& contract) {
  return contract.ok() ? "" : contract.error().message;
}

constexpr std::string_view kAsk =
    R"(activity = "export", question = "How well did the export work?", scale = 5, after = 3, share = 0.1)";

TEST(Survey, IsReadOfItsEventAndStandsOnThePage) {
  const auto contract = asking(kAsk);
  ASSERT_TRUE(contract.ok()) << refusal(contract);
  const auto& survey = contract->event("export rated")->survey;
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->activity, "export");
  EXPECT_EQ(survey->after, 3u);
  EXPECT_EQ(survey->scale, 5u);
  EXPECT_EQ(survey->share, 0.1);
  EXPECT_NE(to_markdown(*contract).find("How well did the export work?"), std::string::npos);
}

TEST(Survey, WhatCannotBeAskedIsRefusedWithItsPlace) {
  const auto expect_refused = [](const Result<Contract>& contract, std::string_view because) {
    const auto said = refusal(contract);
    EXPECT_NE(said.find(because), std::string::npos) << said;
    EXPECT_TRUE(said.starts_with("acme.toml:")) << said;
  };
  expect_refused(asking(R"(question = "?")"), "activity");
  expect_refused(asking(R"(activity = "a", question = "one\ntwo")"), "question is one line");
  expect_refused(asking(R"(activity = "a", question = "?", scale = 11)"), "from 2 to 10");
  expect_refused(asking(R"(activity = "a", question = "?", after = 0)"), "after is a whole number");
  expect_refused(asking(R"(activity = "a", question = "?", share = 1.5)"), "share is a number");
  expect_refused(asking(R"(activity = "a", question = "?", chance = 1)"), "unknown key");
  expect_refused(asking(kAsk, R"({ path = "stars", type = "integer", about = "Stars." })"),
                 "the answer is a field of the event");
  expect_refused(asking(kAsk, R"({ path = "rating", type = "integer", max = 3, about = "." })"),
                 "the answer is a field of the event");
  expect_refused(asking(kAsk, "", true), "is asked about twice");
}

}  // namespace
}  // namespace candor
