#include "wire/web_config.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace candor {
namespace {

Result<WebConfig> read(std::string_view text) {
  const TemporaryFolder folder;
  EXPECT_TRUE(write_file(folder.path() / "web.yml", text).ok());
  return read_web_config(folder.path() / "web.yml");
}

TEST(WebConfig, AnAddedUserCanSignInWithThePasswordOnly) {
  const auto hash = bcrypt("correct horse", 4);
  const auto text = with_user(
      "# users\nbasic_auth_users:\n  old: $2b$04$abc\n\ntls_server_config:\n  cert_file: c.pem\n  "
      "key_file: /k.pem\n",
      "anna", hash);
  ASSERT_TRUE(text.ok());
  const auto config = read(*text);
  ASSERT_TRUE(config.ok()) << config.error().message << "\n" << *text;
  EXPECT_EQ(config->users.size(), 2u);
  EXPECT_EQ(config->tls->key_file, "/k.pem");
  PasswordCheck check;
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(check.allows(config->users, {"anna", "correct horse"}));
    EXPECT_FALSE(check.allows(config->users, {"anna", "wrong horse"}));
    EXPECT_FALSE(check.allows(config->users, {"nobody", "correct horse"}));
  }
}

TEST(WebConfig, AUserIsReplacedNotAddedTwice) {
  const auto once = *with_user("", "anna", "$2b$04$one");
  const auto twice = *with_user(once, "anna", "$2b$04$two");
  EXPECT_EQ(twice, "basic_auth_users:\n  anna: $2b$04$two\n");
}

TEST(WebConfig, AChangedPasswordIsNotRemembered) {
  PasswordCheck check;
  EXPECT_TRUE(check.allows({{"anna", bcrypt("first one", 4)}}, {"anna", "first one"}));
  EXPECT_FALSE(check.allows({{"anna", bcrypt("second one", 4)}}, {"anna", "first one"}));
}

TEST(WebConfig, UnknownKeysAndPlainPasswordsAreToldWithTheirPlace) {
  const auto unknown = read("basic_auth_user:\n  a: b\n");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find(
                "web.yml:1:1: unknown key \"basic_auth_user\". Did you mean \"basic_auth_users\"?"),
            std::string::npos)
      << unknown.error().message;
  const auto plain = read("basic_auth_users:\n  anna: secret\n");
  ASSERT_FALSE(plain.ok());
  EXPECT_NE(plain.error().message.find(":2:"), std::string::npos);
  EXPECT_EQ(plain.error().message.find("secret"), std::string::npos);
  EXPECT_FALSE(read("a: [").ok());
}

TEST(WebConfig, BasicCredentialsAreRead) {
  const auto credentials = parse_basic("Basic " + to_base64("anna:a:b"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "anna");
  EXPECT_EQ(credentials->password, "a:b");
  EXPECT_FALSE(parse_basic("Bearer x"));
  EXPECT_FALSE(parse_basic("Basic !!!!"));
}

}  // namespace
}  // namespace candor
