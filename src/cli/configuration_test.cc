#include "cli/configuration.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

namespace candor {
namespace {

constexpr gid_t kSomeGroup = 54'321;

class ConfigurationFile : public ::testing::Test {
 protected:
  struct stat now() const {
    struct stat found {};
    EXPECT_EQ(::stat(paths_.config_file.c_str(), &found), 0);
    return found;
  }
  unsigned mode() const { return now().st_mode & 0777; }
  void set(const std::string& key, const Value& value) {
    const auto done = set_in_file(paths_, key, value);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  TemporaryFolder folder_;
  Paths paths_{folder_.path() / "candor.toml", folder_.path() / "candor.d",
               folder_.path() / "state", folder_.path()};
};

TEST_F(ConfigurationFile, IsForEverybodyUntilAPasswordStandsInIt) {
  set("proxy", std::string("http://proxy.example:8080"));
  EXPECT_EQ(mode(), 0644u);
  EXPECT_EQ(who_reads(paths_.config_file), "which everybody can read");
  set("proxy", std::string("http://user:word@proxy.example:8080"));
  const auto* group = ::getgrnam("candor-config");
  if (::geteuid() == 0 && group != nullptr) {
    EXPECT_EQ(mode(), 0640u);
    EXPECT_EQ(now().st_gid, group->gr_gid);
    EXPECT_EQ(who_reads(paths_.config_file), "which root and candor.service can read");
  } else {
    EXPECT_EQ(mode(), 0600u);
    const auto who = who_reads(paths_.config_file);
    EXPECT_NE(who.find(::geteuid() == 0 ? "candor.service, which runs as a user of its own, cannot"
                                        : "only you"),
              std::string::npos)
        << who;
  }
  const auto before = now();
  set("interval", std::int64_t{72});
  ASSERT_TRUE(unset_in_file(paths_, "interval").ok());
  EXPECT_EQ(mode(), before.st_mode & 0777);
  EXPECT_EQ(now().st_gid, before.st_gid);
}

TEST_F(ConfigurationFile, KeepsTheGroupThatMayReadIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives a file to any group";
  set("product", std::string("mesh"));
  ASSERT_EQ(::chown(paths_.config_file.c_str(), 0, kSomeGroup), 0);
  ASSERT_EQ(::chmod(paths_.config_file.c_str(), 0640), 0);
  set("interval", std::int64_t{72});
  EXPECT_EQ(mode(), 0640u);
  EXPECT_EQ(now().st_gid, kSomeGroup);
  ASSERT_EQ(*unset_in_file(paths_, "interval"), true);
  EXPECT_EQ(mode(), 0640u);
  EXPECT_EQ(now().st_gid, kSomeGroup);
  EXPECT_NE(who_reads(paths_.config_file), "which root and candor.service can read")
      << "it is another group";
}

TEST_F(ConfigurationFile, ASecretTakesItFromOthers) {
  set("product", std::string("mesh"));
  EXPECT_EQ(mode() & 0004u, 0004u);
  set("monitor.sonar.username", std::string("svc"));
  EXPECT_EQ(mode() & 0004u, 0004u);
  set("monitor.sonar.password", std::string("correct horse"));
  EXPECT_EQ(mode() & 0007u, 0u);
}

}  // namespace
}  // namespace candor
