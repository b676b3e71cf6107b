#include "agent/collect/smart.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

class SmartTest : public ::testing::Test {
 protected:
  SmartTest() {
    EXPECT_TRUE(
        write_file(folder_.path() / "candor.toml", "[collect.smart]\ncommand = \"/opt/helper\"\n")
            .ok());
  }
  Result<std::vector<Json>> collect(std::string out, int exit_status = 0) {
    const auto settings =
        load_settings({folder_.path() / "candor.toml", folder_.path() / "none"}, Environment());
    EXPECT_TRUE(settings.ok());
    return collect_smart(*settings, [&](const ProcessOptions& options) -> Result<ProcessOutput> {
      EXPECT_EQ(options.argv, std::vector<std::string>{"/opt/helper"});
      return ProcessOutput{exit_status, out, ""};
    });
  }
  TemporaryFolder folder_;
};

TEST_F(SmartTest, TheHelperIsRunWithoutArguments) {
  const auto drives = collect(R"({"format":1,"drives":[{"a":1},3,{"b":2}]})");
  ASSERT_TRUE(drives.ok());
  EXPECT_EQ(drives->size(), 2u);
}

TEST_F(SmartTest, NoDrivesIsNothingToReport) {
  EXPECT_EQ(collect(R"({"format":1,"drives":[]})").error().kind, ErrorKind::kNothing);
}

TEST_F(SmartTest, WhatIsMissingIsNamed) {
  const auto missing = collect(R"({"format":1,"problem":"no_smartctl"})").error();
  EXPECT_EQ(missing.kind, ErrorKind::kUnavailable);
  EXPECT_NE(missing.message.find("smartmontools"), std::string::npos);
  EXPECT_NE(missing.message.find("collect.smart.command"), std::string::npos);
  const auto rights = collect(R"({"format":1,"problem":"not_allowed"})").error();
  EXPECT_NE(rights.message.find("candor-smart.socket"), std::string::npos);
  EXPECT_EQ(collect("", 127).error().kind, ErrorKind::kUnavailable);
}

TEST_F(SmartTest, RubbishIsNoDocument) {
  for (const auto* text : {"", "{}", "[]", R"({"format":2,"drives":[]})", "{\"format\":1"})
    EXPECT_EQ(collect(text).error().kind, ErrorKind::kBadData) << text;
}

TEST_F(SmartTest, TheHelperIsTheOneInstalledWithTheProgram) {
  const Path root = folder_.path();
  ASSERT_TRUE(make_folder(root / "libexec/candor").ok());
  ASSERT_TRUE(make_folder(root / "bin").ok());
  EXPECT_EQ(smart_helper("", root / "bin/candor"), "candor-smart");
  ASSERT_TRUE(write_file(root / "bin/candor-smart", "").ok());
  EXPECT_EQ(smart_helper("", root / "bin/candor"), (root / "bin/candor-smart").string());
  ASSERT_TRUE(write_file(root / "libexec/candor/candor-smart", "").ok());
  EXPECT_EQ(smart_helper("", root / "bin/candor"), (root / "libexec/candor/candor-smart").string());
  EXPECT_EQ(smart_helper("mine", root / "bin/candor"), "mine");
}

}  // namespace
}  // namespace candor
