#include "config/settings.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

class SettingsFiles : public ::testing::Test {
 protected:
  void write(std::string_view name, std::string_view text) {
    const auto path = folder_.path() / name;
    ASSERT_TRUE(make_folder(path.parent_path()).ok());
    ASSERT_TRUE(write_file(path, text).ok());
  }
  Result<Settings> load(const Environment& environment = {}) {
    return load_settings({folder_.path() / "candor.toml", folder_.path() / "candor.d"},
                         environment);
  }
  TemporaryFolder folder_;
};

TEST_F(SettingsFiles, WithoutAnyFileEveryKeyHasItsDefault) {
  const auto settings = load();
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->integer("interval"), 24);
  EXPECT_EQ(settings->text("collect.ceph.command"), "ceph");
  EXPECT_EQ(settings->setting("interval").origin, "default");
  EXPECT_FALSE(settings->channel("ident"));
}

TEST_F(SettingsFiles, LaterFilesAndTheEnvironmentWinAndSayWhereTheyAre) {
  write("candor.toml", "product = \"stone\"\nproxy = \"http://a:1\"\ninterval = 12\n");
  write("candor.d/50-site.toml", "\ninterval = 72\n");
  const auto settings = load(Environment(Environment::Variables{{"CANDOR_PROXY", "http://b:2"}}));
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->integer("interval"), 72);
  EXPECT_EQ(settings->setting("interval").origin,
            (folder_.path() / "candor.d/50-site.toml").string() + ":2");
  EXPECT_EQ(settings->text("proxy"), "http://b:2");
  EXPECT_EQ(settings->setting("proxy").origin, "environment CANDOR_PROXY");
}

TEST_F(SettingsFiles, FilesAreNamedFromTheFolderOfTheConfiguration) {
  write("candor.toml", "ca_file = \"certs/ca.pem\"\n");
  const auto settings = load();
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->text("ca_file"), (folder_.path() / "certs/ca.pem").string());
}

TEST_F(SettingsFiles, NestedKeysMayBeWrittenEitherWay) {
  write("candor.toml", "collect.ceph.command = \"stone\"\n");
  write("candor.d/a.toml", "[collect.ceph]\ntimeout = 5\n");
  const auto settings = load();
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->text("collect.ceph.command"), "stone");
  EXPECT_EQ(settings->integer("collect.ceph.timeout"), 5);
}

TEST(Settings, ErrorsNamePlaceAndNearestKey) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };
  const Case cases[] = {
      {"intervall = 3\n", "/c.toml:1:1: unknown key \"intervall\". Did you mean \"interval\"?"},
      {"[collect.ceph]\nconfig = \"x\"\n",
       "/c.toml:2:1: unknown key \"config\". Did you mean \"conf\"?"},
      {"interval = \"3\"\n", "/c.toml:1:12: interval is a whole number."},
      {"interval = 0\n", "/c.toml:1:12: interval is a whole number from 1 to 8760."},
      {"channel_ident = 1\n", "/c.toml:1:17: channel_ident is true or false."},
      {"collect = 3\n", "/c.toml:1:11: collect is a table."},
  };
  for (const auto& c : cases) {
    const auto settings = parse_settings(c.text, "/c.toml");
    ASSERT_FALSE(settings.ok()) << c.text;
    EXPECT_EQ(settings.error().kind, ErrorKind::kConfiguration);
    EXPECT_EQ(settings.error().message, c.message);
  }
}

TEST(Settings, PasswordsAreNeverShown) {
  EXPECT_EQ(without_password("https://stone:telemetry@10.0.0.1:8080"),
            "https://stone:***@10.0.0.1:8080");
  EXPECT_EQ(without_password("https://u:p@w@h:1/x"), "https://u:***@h:1/x");
  EXPECT_EQ(without_password("https://u:p/w@h:1"), "https://u:***@h:1");
  EXPECT_EQ(without_password("u:pw@h:1"), "u:***@h:1");
  EXPECT_EQ(without_password("https://user@host"), "https://user@host");
  EXPECT_EQ(without_password("https://host:8080"), "https://host:8080");
  EXPECT_FALSE(has_password("https://host:8080"));
}

TEST_F(SettingsFiles, TheProxysPasswordComesFromItsFile) {
  write("candor.toml", "proxy = \"https://me@h:1\"\nproxy_password_file = \"secret\"\n");
  write("secret", "s3cret\n");
  const auto settings = load();
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*proxy_with_password(*settings), "https://me:s3cret@h:1");
  write("candor.toml", "proxy = \"https://h:1\"\nproxy_password_file = \"secret\"\n");
  EXPECT_EQ(proxy_with_password(*load()).error().kind, ErrorKind::kConfiguration);
  write("candor.toml", "proxy = \"https://me@h:1\"\nproxy_password_file = \"missing\"\n");
  EXPECT_EQ(proxy_with_password(*load()).error().kind, ErrorKind::kConfiguration);
}

TEST(Settings, EveryExampleInTheTablesIsValid) {
  for (const auto& key : agent_keys()) {
    const auto settings = parse_settings(key.example, "/c.toml");
    EXPECT_TRUE(settings.ok()) << key.name << ": " << settings.error().message;
    EXPECT_TRUE(key.about.ends_with('.')) << key.name;
  }
}

}  // namespace
}  // namespace candor
