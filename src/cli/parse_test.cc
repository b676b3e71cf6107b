#include "cli/parse.h"

#include <gtest/gtest.h>

#include "cli/help.h"

namespace candor {
namespace {

using Words = std::vector<std::string>;

Result<ParsedLine> parse(const Words& words) {
  CANDOR_ASSIGN(routed, route(words));
  return parse_line(routed.command, routed.names, routed.rest);
}

TEST(CommandLine, GlobalOptionsStandAnywhere) {
  for (const auto& words : {Words{"--json", "status"}, Words{"status", "--json"},
                            Words{"--config", "x", "status", "--json"}}) {
    const auto line = parse(words);
    ASSERT_TRUE(line.ok());
    EXPECT_TRUE(line->globals.json);
  }
}

TEST(CommandLine, ChildrenAreFoundBehindOptions) {
  const auto routed = route({"--quiet", "config", "--json", "set", "interval", "72"});
  ASSERT_TRUE(routed.ok());
  EXPECT_EQ(routed->names, (Words{"config", "set"}));
  EXPECT_EQ(routed->rest, (Words{"--quiet", "--json", "interval", "72"}));
}

TEST(CommandLine, MistakesNameTheNearest) {
  EXPECT_EQ(route({"stauts"}).error().message,
            "There is no command \"stauts\". Did you mean \"status\"? `candor --help` lists what "
            "there is.");
  EXPECT_EQ(route({"config", "gett"}).error().message,
            "There is no command \"config gett\". Did you mean \"get\"? `candor config --help` "
            "lists what there is.");
  EXPECT_EQ(parse({"on", "--licens", "x"}).error().message,
            "There is no option --licens. Did you mean \"--license\"? See `candor on --help`.");
  EXPECT_EQ(parse({"status", "now"}).error().message,
            "\"now\" is one argument too many. See `candor status --help`.");
  EXPECT_EQ(parse({"channel", "enable"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(parse({"--color", "blue", "status"}).error().kind, ErrorKind::kUsage);
}

TEST(CommandLine, AfterTwoDashesEverythingIsAnOperand) {
  const auto line = parse({"config", "set", "contact", "--", "--json"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->arguments.values("KEY VALUE"), (Words{"contact", "--json"}));
  EXPECT_FALSE(line->globals.json);
}

TEST(CommandLine, ValuesComeWithSpaceOrEqualsSign) {
  EXPECT_EQ(parse({"on", "--license=sharing-1-0"})->arguments.value("license"), "sharing-1-0");
  EXPECT_EQ(parse({"on", "--license", "sharing-1-0"})->arguments.value("license"), "sharing-1-0");
  EXPECT_EQ(parse({"preview", "--channel", "a", "--channel", "b"})->arguments.values("channel"),
            (Words{"a", "b"}));
}

TEST(CommandLine, AValueIsOneWordAndTheNextIsAnOperand) {
  const auto line = parse({"tail", "--lines", "1", "stone"});
  ASSERT_TRUE(line.ok()) << line.error().message;
  EXPECT_EQ(line->arguments.values("lines"), Words{"1"});
  EXPECT_EQ(line->arguments.value("PRODUCT"), "stone");
}

TEST(Help, EveryCommandHasASummaryAndAnExample) {
  for (const auto& group : command_groups()) {
    for (const auto& command : group.commands) {
      EXPECT_FALSE(command.summary.empty()) << command.name;
      EXPECT_FALSE(command.examples.empty()) << command.name;
      EXPECT_TRUE(command.run || !command.children.empty()) << command.name;
      for (const auto& child : command.children)
        EXPECT_FALSE(child.examples.empty()) << command.name << ' ' << child.name;
      EXPECT_NE(program_help().find("\n  " + command.name + " "), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace candor
