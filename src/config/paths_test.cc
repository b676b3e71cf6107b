#include "config/paths.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

Environment with(Environment::Variables variables) { return Environment(std::move(variables)); }

TEST(Paths, OneFolderHoldsAllWhenCandorDirIsSet) {
  const auto paths = find_paths(with({{"CANDOR_DIR", "/x/"}, {"HOME", "/h"}}), RunsAs::kRoot);
  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->config_file, "/x/candor.toml");
  EXPECT_EQ(paths->drop_ins, "/x/candor.d");
  EXPECT_EQ(paths->state, "/x/state");
}

TEST(Paths, RootUsesTheSystemsFolders) {
  const auto paths = find_paths(with({{"HOME", "/root"}}), RunsAs::kRoot);
  EXPECT_EQ(paths->config_file, "/etc/candor/candor.toml");
  EXPECT_EQ(paths->state, "/var/lib/candor");
}

TEST(Paths, ASystemdServiceUsesTheFolderItWasGiven) {
  const auto paths = find_paths(with({{"STATE_DIRECTORY", "/var/lib/candor"}}), RunsAs::kUser);
  EXPECT_EQ(paths->config_file, "/etc/candor/candor.toml");
  EXPECT_EQ(paths->state, "/var/lib/candor");
}

TEST(Paths, AUserHasXdgFolders) {
  auto paths = find_paths(with({{"HOME", "/h"}}), RunsAs::kUser);
  EXPECT_EQ(paths->config_file, "/h/.config/candor/candor.toml");
  EXPECT_EQ(paths->state, "/h/.local/state/candor");
  paths =
      find_paths(with({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "relative"}}),
                 RunsAs::kUser);
  EXPECT_EQ(paths->config_file, "/c/candor/candor.toml");
  EXPECT_EQ(paths->state, "/h/.local/state/candor");
}

TEST(Paths, WithoutHomeTheErrorSaysWhatToSet) {
  const auto paths = find_paths({}, RunsAs::kUser);
  ASSERT_FALSE(paths.ok());
  EXPECT_EQ(paths.error().kind, ErrorKind::kConfiguration);
  EXPECT_NE(paths.error().message.find("CANDOR_DIR"), std::string::npos);
}

TEST(Paths, TheConfigOptionReplacesTheFile) {
  const auto paths = find_paths(with({{"HOME", "/h"}}), RunsAs::kUser, "/etc/other.toml");
  EXPECT_EQ(paths->config_file, "/etc/other.toml");
  EXPECT_EQ(paths->drop_ins, "/etc/other.d");
}

}  // namespace
}  // namespace candor
