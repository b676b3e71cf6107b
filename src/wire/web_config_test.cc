#include "wire/web_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

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
      "# users\nbasic_auth_users:\n  old: "
      "$2b$04$0123456789012345678901234567890123456789012345678901.\n\ntls_server_config:\n  "
      "cert_file: c.pem\n  "
      "key_file: /k.pem\n",
      "anna", hash);
  ASSERT_TRUE(text.ok());
  const auto config = read(*text);
  ASSERT_TRUE(config.ok()) << config.error().message << "\n" << *text;
  EXPECT_EQ(config->users.size(), 2u);
  EXPECT_EQ(config->tls->key.file, "/k.pem");
  EXPECT_EQ(PasswordCheck().check(config->users, {"anna", "correct horse"}, "", {}).outcome,
            PasswordCheck::Outcome::kRight);
}

TEST(WebConfig, AUserIsReplacedNotAddedTwice) {
  const auto once = *with_user("", "anna", "$2b$04$one");
  const auto twice = *with_user(once, "anna", "$2b$04$two");
  EXPECT_EQ(twice, "basic_auth_users:\n  anna: $2b$04$two\n");
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

TEST(WebConfig, TakesEveryKeyOfPrometheus) {
  const auto config = read(R"(tls_server_config:
  cert_file: server.crt
  key: |
    -----BEGIN PRIVATE KEY-----
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: /etc/ca.crt
  client_allowed_sans: [prometheus.example.com, 192.0.2.7]
  min_version: TLS11
  max_version: TLS12
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256]
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=31536000
rate_limit:
  interval: 1m0.5s
  burst: 20
basic_auth_users:
  anna: $2y$10$0123456789012345678901234567890123456789012345678901.
)");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_TRUE(config->tls->cert.file.ends_with("/server.crt"));
  EXPECT_TRUE(config->tls->cert.file.starts_with("/"));
  EXPECT_EQ(config->tls->key.text, "-----BEGIN PRIVATE KEY-----\n");
  EXPECT_EQ(config->tls->client_certificate, ClientCertificate::kVerified);
  EXPECT_EQ(config->tls->client_ca.file, "/etc/ca.crt");
  EXPECT_EQ(config->tls->client_allowed_sans.at(1), "192.0.2.7");
  EXPECT_EQ(config->tls->min_version, "TLS11");
  EXPECT_EQ(config->tls->max_version, "TLS12");
  EXPECT_EQ(config->tls->cipher_suites.size(), 1u);
  EXPECT_FALSE(config->tls->prefer_server_cipher_suites);
  EXPECT_EQ(config->tls->curves, std::vector<std::string>{"CurveP256"});
  ASSERT_EQ(config->headers.size(), 2u);
  EXPECT_EQ(config->headers[1].value, "deny");
  EXPECT_EQ(config->rate_limit.interval, std::chrono::milliseconds(60'500));
  EXPECT_EQ(config->rate_limit.burst, 20);
  EXPECT_TRUE(read("").ok());
}

TEST(WebConfig, WhatCannotBeServedIsRefusedWithItsPlace) {
  const auto tls = [](std::string_view key) {
    return fmt::format("tls_server_config:\n  cert_file: c\n  key_file: k\n  {}\n", key);
  };
  const std::pair<std::string, const char*> wrong[] = {
      {"tls_server_config:\n  cert_file: c\n", ":2:3: cert_file and key_file are both needed."},
      {tls("client_auth_type: Maybe"), ":4:21: client_auth_type is one of NoClientCert, "},
      {tls("max_version: TLS11"), ":4:16: max_version is one of TLS12, TLS13."},
      {tls("min_versoin: TLS12"), "Did you mean \"min_version\"?"},
      {tls("cipher_suites: one"), ":4:18: cipher_suites is a list."},
      {"http_server_config:\n  headers:\n    Server: x\n", ":3:5: unknown key \"Server\""},
      {"http_server_config:\n  headers:\n    X-Frame-Options: allow\n", "deny or sameorigin"},
      {"http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\r\\nb\"\n", "one line"},
      {"rate_limit:\n  interval: 5\n  burst: 1\n", ":2:13: interval is a duration"},
      {"rate_limit:\n  interval: 5s\n", "burst is a number from 1"},
      {"basic_auth_users: [a]\n", "a map of names"},
  };
  for (const auto& [text, message] : wrong) {
    const auto config = read(text);
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_NE(config.error().message.find(message), std::string::npos) << config.error().message;
  }
}

}  // namespace
}  // namespace candor
