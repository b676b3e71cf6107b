// What a contract declares for programs with libcandor: counters, histograms, runs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/program_fixture.h"

namespace candor {
namespace {

std::string refusal_of(const Result<Contract>& contract) {
  return contract.ok() ? "taken" : contract.error().message;
}

TEST(Programs, CountersAndHistogramsAreFieldsOfReports) {
  const auto contract = program_contract(
      R"({ path = "usage.exports", type = "integer", kind = "counter", about = "Exports." },
         { path = "took.export.*", type = "number", kind = "histogram", bounds = ["0.1", "1"], about = "Seconds." })");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  EXPECT_EQ(contract->fields[0].kind, FieldKind::kCounter);
  EXPECT_EQ(contract->fields[1].kind, FieldKind::kHistogram);
  EXPECT_EQ(contract->fields[1].bounds, (std::vector<std::string>{"0.1", "1"}));
}

TEST(Programs, WhatCannotBeCountedIsRefused) {
  const auto refused = [](std::string_view rest, std::string_view why) {
    const auto said = refusal_of(program_contract(fmt::format("{{ about = \"A.\", {} }}", rest)));
    EXPECT_NE(said.find(why), std::string::npos) << rest << "\n" << said;
  };
  refused(R"(path = "a", type = "string", kind = "counter")", "a counter is of type \"integer\"");
  refused(R"(path = "a.*", type = "integer", kind = "counter")", "a counter is of type");
  refused(R"(path = "a[]", type = "integer", kind = "counter")", "a counter is of type");
  refused(R"(path = "a", type = "integer", kind = "counter", class = "never")",
          "of class \"clear\"");
  refused(R"(path = "a", type = "integer", kind = "count")", "kind");
  refused(R"(path = "a", type = "integer", kind = "counter", bounds = ["1"])", "bounds are of");
  refused(R"(path = "a", type = "number", kind = "histogram", bounds = ["1"])", "ends with \".*\"");
  refused(R"(path = "a[].*", type = "number", kind = "histogram", bounds = ["1"])", "ends with");
  refused(R"(path = "a.*", type = "integer", kind = "histogram", bounds = ["1"])",
          "type \"number\"");
  for (const auto* bounds : {"[]", R"(["1", "1"])", R"(["2", "1"])", R"(["one"])", R"(["inf"])"}) {
    refused(
        fmt::format(R"(path = "a.*", type = "number", kind = "histogram", bounds = {})", bounds),
        "bounds are 1 to 64 numbers");
  }
}

TEST(Programs, ARunHasFieldsThatItsBeginningAndEndSay) {
  const auto contract = program_contract("", R"(
[[channel.event]]
name = "command"
about = "A command."
run = true
fields = [{ path = "name", type = "string", about = "Which." }]
)");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  EXPECT_TRUE(contract->event("command")->is_run);
  std::vector<std::string> paths;
  for (const auto& field : contract->fields) paths.push_back(field.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"command: name", "command: run", "command: state",
                                             "command: duration_ms", "command: automation"}));
  EXPECT_EQ(contract->fields[2].values.back(), "lost");
  EXPECT_EQ(contract->fields[2].owner, "team");
  const auto twice = program_contract("", R"(
[[channel.event]]
name = "command"
about = "A command."
run = true
fields = [{ path = "state", type = "string", about = "Which." }]
)");
  EXPECT_NE(refusal_of(twice).find("state"), std::string::npos);
}

TEST(Programs, AnEventsFieldIsNotCounted) {
  const auto said = refusal_of(program_contract("", R"(
[[channel.event]]
name = "command"
about = "A command."
fields = [{ path = "n", type = "integer", kind = "counter", about = "N." }]
)"));
  EXPECT_NE(said.find("only a field of reports"), std::string::npos) << said;
}

}  // namespace
}  // namespace candor
