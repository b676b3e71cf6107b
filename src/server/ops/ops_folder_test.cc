#include "server/ops/ops_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace candor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A checker that takes everything, or says what is wrong.
struct Checker {
  std::vector<std::vector<std::string>> asked{};
  ProcessOutput answer{};
  bool installed = true;

  ProcessRunner runner() {
    return [this](const ProcessOptions& options) -> Result<ProcessOutput> {
      asked.push_back(options.argv);
      if (!installed) return Error{ErrorKind::kUnavailable, "cannot start"};
      return answer;
    };
  }
};

std::vector<OpsFile> files_of(const std::string& text) {
  return {{"prometheus.yml", text}, {"alertmanager.yml", "a"}, {"rules/a.yml", "r"}};
}

std::size_t sets_in(const Path& root) {
  std::size_t sets = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root))
    sets += entry.path().filename().string().starts_with("set-") ? 1 : 0;
  return sets;
}

TEST(OpsFolder, ASetIsCheckedAndThenUsed) {
  const TemporaryFolder temporary;
  Checker checker;
  OpsFolder folder(temporary.path() / "ops", checker.runner());
  EXPECT_FALSE(folder.has_current());
  const auto used = folder.use(files_of("one"));
  ASSERT_TRUE(used.ok()) << used.error().message;
  EXPECT_EQ(*used, OpsFolder::Swap::kSwapped);
  EXPECT_TRUE(folder.has_current());
  EXPECT_EQ(*read_file(folder.current() / "prometheus.yml"), "one");
  EXPECT_EQ(*read_file(folder.current() / "rules/a.yml"), "r");
  ASSERT_EQ(checker.asked.size(), 2u);
  EXPECT_THAT(checker.asked[0], ElementsAre("promtool", "check", "config", testing::_));
  EXPECT_THAT(checker.asked[1], ElementsAre("amtool", "check-config", testing::_));
  struct stat found {};
  ASSERT_EQ(::stat((temporary.path() / "ops").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST(OpsFolder, TheSameSetIsNotCheckedAgain) {
  const TemporaryFolder temporary;
  Checker checker;
  OpsFolder folder(temporary.path(), checker.runner());
  ASSERT_TRUE(folder.use(files_of("one")).ok());
  checker.asked.clear();
  EXPECT_EQ(*folder.use(files_of("one")), OpsFolder::Swap::kSame);
  EXPECT_THAT(checker.asked, IsEmpty());
}

TEST(OpsFolder, ABadSetLeavesTheOldOneAndNothingElse) {
  const TemporaryFolder temporary;
  Checker checker;
  OpsFolder folder(temporary.path(), checker.runner());
  ASSERT_TRUE(folder.use(files_of("one")).ok());
  checker.answer = {1, "", "  FAILED:\n  parsing YAML file\n"};
  const auto used = folder.use(files_of("two"));
  ASSERT_FALSE(used.ok());
  EXPECT_EQ(used.error().kind, ErrorKind::kConfiguration);
  EXPECT_EQ(used.error().message, "promtool does not take it: FAILED: parsing YAML file ");
  EXPECT_EQ(*read_file(folder.current() / "prometheus.yml"), "one");
  EXPECT_EQ(sets_in(temporary.path()), 1u);
  checker.answer = {};
  ASSERT_TRUE(folder.use(files_of("two")).ok());
  EXPECT_EQ(*read_file(folder.current() / "prometheus.yml"), "two");
  EXPECT_EQ(sets_in(temporary.path()), 1u);
}

TEST(OpsFolder, ACheckerThatIsNotInstalledIsToldWithItsPackage) {
  const TemporaryFolder temporary;
  Checker checker;
  checker.installed = false;
  OpsFolder folder(temporary.path(), checker.runner());
  const auto used = folder.use(files_of("one"));
  ASSERT_FALSE(used.ok());
  EXPECT_THAT(used.error().message, HasSubstr("apt-get install prometheus"));
  EXPECT_FALSE(folder.has_current());
}

TEST(OpsFolder, ASetThatACrashCutOffIsWrittenAgain) {
  const TemporaryFolder temporary;
  Checker checker;
  {
    OpsFolder folder(temporary.path(), checker.runner());
    ASSERT_TRUE(folder.use(files_of("one")).ok());
  }
  ASSERT_TRUE(remove_file(temporary.path() / "current").ok());
  for (const auto& entry : std::filesystem::directory_iterator(temporary.path())) {
    if (entry.is_directory()) ASSERT_TRUE(remove_file(entry.path() / "prometheus.yml").ok());
  }
  OpsFolder folder(temporary.path(), checker.runner());
  ASSERT_TRUE(folder.use(files_of("one")).ok());
  EXPECT_EQ(*read_file(folder.current() / "prometheus.yml"), "one");
}

TEST(OpsFolder, TheTokenIsMadeOnceAndReadByItsOwnerAlone) {
  const TemporaryFolder temporary;
  OpsFolder folder(temporary.path(), {});
  const auto token = folder.token();
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->size(), 64u);
  EXPECT_EQ(*folder.token(), *token);
  struct stat found {};
  ASSERT_EQ(::stat(folder.token_file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace candor
