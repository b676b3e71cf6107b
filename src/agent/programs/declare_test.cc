#include "agent/programs/declare.h"

#include <gtest/gtest.h>

#include "contract/program_fixture.h"
#include "library/declarations.h"

namespace candor {
namespace {

TEST(Declare, AQuestionIsToldWithItsEvent) {
  const auto contract = program_contract("", R"toml(
[[channel.event]]
name = "export rated"
about = "An export was rated."
ask = { activity = "export", question = "How well did the export work?", after = 3, share = 0.1 }
fields = [{ path = "rating", type = "integer", min = 1, max = 5, about = "Stars." }]
)toml");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  const auto made = declare_to_programs(*contract, nullptr, {"usage"}, {});
  EXPECT_NE(made.text.find("survey\texport\t5\t3\t0.1\tHow well did the export work?\n"),
            std::string::npos)
      << made.text;
  const auto read = library::read_declarations(made.text);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->all.size(), 3u);
  const auto& survey = read->all[2];
  EXPECT_EQ(survey.kind, library::DeclaredKind::kSurvey);
  EXPECT_EQ(survey.name, "export");
  EXPECT_EQ(survey.scale, 5u);
  EXPECT_EQ(survey.after, 3u);
  EXPECT_EQ(survey.share, 0.1);
  EXPECT_EQ(made.flags, (std::vector<std::uint8_t>{0, 0, 0})) << "nobody agreed";
}

TEST(Declare, AQuestionOutsideItsGrammarIsNone) {
  const auto read = [](std::string_view line) {
    return library::read_declarations("product\tacme\ncontract\tc\nevent\te\n" + std::string(line) +
                                      "\n");
  };
  EXPECT_TRUE(read("survey\ta\t5\t1\t1\t?"));
  for (const auto* line : {"survey\ta\t5\t1\t1", "survey\ta\t1\t1\t1\t?", "survey\ta\t5\t1\t0\t?",
                           "survey\ta\t5\t1\t1.5\t?", "survey\ta\t5\tx\t1\t?",
                           "survey\t\t5\t1\t1\t?", "survey\ta\t5\t1\tnan\t?"})
    EXPECT_FALSE(read(line)) << line;
  EXPECT_FALSE(library::read_declarations("product\tacme\ncontract\tc\nsurvey\ta\t5\t1\t1\t?\n"))
      << "of no event";
}

}  // namespace
}  // namespace candor
