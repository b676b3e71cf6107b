#include "config/ops_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "config/limits.h"
#include "config/server_config.h"

namespace candor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kProduct = "\n[[product]]\nname = \"a\"\n";
constexpr std::string_view kSmtp =
    "[monitor.smtp]\nhost = \"mail.example.com:587\"\nfrom = \"candor@example.com\"\n";

Result<ServerConfig> parse(std::string_view text) {
  return parse_server_config(fmt::format("{}{}", text, kProduct), "/etc/candor/server.toml");
}

std::string problem(std::string_view text) {
  const auto config = parse(text);
  return config.ok() ? "" : config.error().message;
}

TEST(OpsConfig, IsOffAndHasDefaults) {
  const auto config = parse("");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_FALSE(config->ops.enabled);
  EXPECT_EQ(config->ops.prometheus, "prometheus");
  EXPECT_EQ(config->ops.alertmanager, "prometheus-alertmanager");
  EXPECT_EQ(config->ops.prometheus_listen, "127.0.0.1:9090");
  EXPECT_EQ(config->ops.retention_days, 15);
  EXPECT_EQ(config->ops.scrape_interval, std::chrono::seconds(30));
  EXPECT_TRUE(config->monitor.inboxes().empty());
  EXPECT_TRUE(config->monitor.smtp.require_tls);
}

TEST(OpsConfig, TakesTheSeedsWordsAndPathsFromItsFolder) {
  const auto config = parse(fmt::format(
      "[ops]\nenabled = true\nexternal_url = \"https://ops.example.com/\"\nrules_folder = "
      "\"rules\"\n[[ops.scrape]]\nname = \"eu1\"\nurl = \"https://eu1.example.com:9443/metrics\"\n"
      "username = \"u\"\npassword_file = \"eu1.password\"\nca_file = \"/ca.pem\"\n"
      "[monitor]\nalertAddresses = [\"ops@vendor.test\"]\n"
      "additionalAlertAddresses = [\"alerts@example.com\", \"ops@vendor.test\"]\n{}",
      kSmtp));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->ops.external_url, "https://ops.example.com");
  EXPECT_EQ(config->ops.rules_folder, "/etc/candor/rules");
  ASSERT_EQ(config->ops.scrape.size(), 1u);
  EXPECT_EQ(config->ops.scrape[0].password_file, "/etc/candor/eu1.password");
  EXPECT_EQ(config->ops.scrape[0].ca_file, "/ca.pem");
  EXPECT_THAT(config->monitor.inboxes(), ElementsAre("ops@vendor.test", "alerts@example.com"));
}

TEST(OpsConfig, AnInstallationThatPushesHasANameOfItsOwn) {
  constexpr std::string_view kScraped =
      "[[ops.scrape]]\nname = \"eu1\"\nurl = \"https://eu1.example.com/metrics\"\n";
  const auto pushed = [](std::string_view id, std::string_view name) {
    return fmt::format("[[ops.pushed]]\ninstallation = \"{}\"\nname = \"{}\"\n", id, name);
  };
  const auto config = parse(std::string(kScraped) + pushed("id-2", "eu2") + pushed("id-3", "eu3"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  ASSERT_EQ(config->ops.pushed.size(), 2u);
  EXPECT_EQ(config->ops.pushed[0].installation, "id-2");
  EXPECT_EQ(config->ops.pushed[0].name, "eu2");
  EXPECT_THAT(problem(std::string(kScraped) + pushed("id-1", "eu1")), HasSubstr("[[ops.scrape]]"));
  EXPECT_THAT(problem(pushed("a", "eu1") + pushed("b", "eu1")), HasSubstr("is named twice"));
  EXPECT_THAT(problem(pushed("a", "eu1") + pushed("a", "eu2")), HasSubstr("is named twice"));
  EXPECT_THAT(problem(pushed("a", "collector")), HasSubstr("the collector itself"));
  EXPECT_THAT(problem("[[ops.pushed]]\nname = \"eu1\"\n"), HasSubstr("installation"));
}

TEST(OpsConfig, RemoteWriteGoesElsewhereOnlyInSecret) {
  const auto of = [](std::string_view url) {
    return problem(fmt::format("[ops]\nremote_write_url = \"{}\"\n", url));
  };
  EXPECT_EQ(of("https://mimir.example.com/api/v1/push"), "");
  EXPECT_EQ(of("http://127.0.0.1:8428/api/v1/write"), "");
  EXPECT_THAT(of("http://mimir.example.com/api/v1/push"), HasSubstr("plain http"));
  EXPECT_THAT(of("https://user:word@mimir.example.com/"), HasSubstr("remote_write_url is"));
}

TEST(OpsConfig, AnAddressIsOneAddress) {
  const auto of = [](std::string_view address) {
    return problem(fmt::format("{}[monitor]\nadditionalAlertAddresses = [\"{}\"]", kSmtp, address));
  };
  for (const auto* good : {"alerts@example.com", "a.b+c@x-y.test", "o'neil@example.com"})
    EXPECT_EQ(of(good), "") << good;
  for (const auto* bad : {"", "alerts", "a@b@c", "a@b, c@d", "a b@c", "a@b\\r\\nBcc: x@y",
                          "a@b\\u0000", "Ops <a@b.c>", "{{ .x }}@b.c", "@b", "a@", "a\\\"@b.c"}) {
    EXPECT_THAT(of(bad), HasSubstr("is no mail address")) << bad;
  }
  EXPECT_THAT(of("a@" + std::string(100'000, 'b')), HasSubstr("is no mail address"));
  EXPECT_THAT(of("a,b@c"), HasSubstr("/etc/candor/server.toml:5:28: "));
}

TEST(OpsConfig, MailNeedsAServer) {
  EXPECT_THAT(problem("[monitor]\nadditionalAlertAddresses = [\"a@b.c\"]"),
              HasSubstr(":2:28: mails need a mail server"));
  const auto with = [](std::string_view line) { return problem(fmt::format("{}{}", kSmtp, line)); };
  EXPECT_EQ(with(""), "");
  EXPECT_THAT(with("username = \"u\""), HasSubstr("both needed"));
  EXPECT_THAT(with("hello = \"a b\""), HasSubstr("hello is the name"));
  EXPECT_THAT(problem("[monitor.smtp]\nhost = \"mail\"\nfrom = \"a@b.c\""), HasSubstr("HOST:PORT"));
  EXPECT_THAT(problem("[monitor.smtp]\nhost = \"mail:99999\"\nfrom = \"a@b.c\""),
              HasSubstr("HOST:PORT"));
  EXPECT_THAT(problem("[monitor.smtp]\nhost = \"mail:25\""), HasSubstr("from is the address"));
}

TEST(OpsConfig, ASupervisedProgramListensOnLoopback) {
  for (const auto* good : {"127.0.0.1:0", "localhost:9090", "[::1]:9090"})
    EXPECT_EQ(problem(fmt::format("[ops]\nprometheus_listen = \"{}\"", good)), "") << good;
  for (const auto* bad : {"0.0.0.0:9090", "9090", "127.0.0.1", "127.0.0.1:99999", "10.0.0.1:9090"})
    EXPECT_THAT(problem(fmt::format("[ops]\nalertmanager_listen = \"{}\"", bad)),
                HasSubstr(":2:23: alertmanager_listen"))
        << bad;
}

TEST(OpsConfig, ATargetHasANameAndAUrlWithoutSecrets) {
  const auto of = [](std::string_view name, std::string_view url, std::string_view more = "") {
    return problem(fmt::format("{}[[ops.scrape]]\nname = \"{}\"\nurl = \"{}\"\n", more, name, url));
  };
  EXPECT_EQ(of("eu-1.a_b", "https://[2001:db8::1]:9443/metrics"), "");
  EXPECT_EQ(of("here", "http://127.0.0.1:9443/metrics"), "");
  EXPECT_THAT(of("eu1", "http://eu1.example.com/metrics"), HasSubstr("plain http"));
  EXPECT_EQ(of("eu1", "http://eu1.example.com/metrics", "insecure = true\n"), "");
  for (const auto* bad : {"https://u:p@host/metrics", "https://host/m?x=1", "ftp://host/", "host",
                          "https://host:99999/", "https://a b/"})
    EXPECT_THAT(of("eu1", bad), HasSubstr("url is the address of its metrics")) << bad;
  for (const auto* bad : {"collector", "a b", "", "../x", "a\\\"b", "{x}"})
    EXPECT_NE(of(bad, "https://host/metrics"), "") << bad;
  EXPECT_THAT(problem("[[ops.scrape]]\nname = \"a\"\nurl = \"https://a/\"\n[[ops.scrape]]\nname = "
                      "\"a\"\nurl = \"https://b/\"\n"),
              HasSubstr("named twice"));
  EXPECT_THAT(problem("[[ops.scrape]]\nname = \"a\"\nurl = \"https://a/\"\nusername = \"u\"\n"),
              HasSubstr("password_file is missing"));
  EXPECT_THAT(of("eu1", "https://" + std::string(kMaxUrlBytes, 'a')), HasSubstr("url is"));
}

TEST(OpsConfig, NumbersHaveBoundsAndKeysAreKnown) {
  EXPECT_THAT(problem("[ops]\nscrape_interval = 0"),
              HasSubstr(":2:19: scrape_interval is a number of seconds, 1 to 86400."));
  EXPECT_THAT(problem("[ops]\nretention_days = 5000"), HasSubstr("1 to 3650"));
  EXPECT_THAT(problem("[ops]\nprometeus = \"x\""), HasSubstr("Did you mean \"prometheus\""));
  EXPECT_THAT(problem("[ops]\nprometheus = \"http://u:p@h/\""), HasSubstr("without user"));
}

}  // namespace
}  // namespace candor
