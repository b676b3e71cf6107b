#include "sonar/plan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.h"

namespace candor {
namespace {

constexpr std::string_view kSeed = R"([monitor.sonar]
username = "svc"
password = "correct horse"
customer = "c"
project = "p"
targets = [{platformName = "eu1", url = "https://panel.test/access"}]
)";

Result<std::optional<SonarPlan>> plan_of(const std::string& text,
                                         const Path& file = "/etc/candor/candor.toml") {
  const auto settings = parse_settings(text, file);
  if (!settings.ok()) return settings.error();
  return sonar_plan(*settings);
}

std::string without(std::string_view line) {
  std::string text(kSeed);
  const auto at = text.find(line);
  return text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(SonarPlan, WithoutTargetsThereIsNone) {
  const auto plan = plan_of("[monitor.sonar]\nusername = \"svc\"\n");
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(*plan);
}

TEST(SonarPlan, TheSeedsKeysAreAPlan) {
  const auto plan = plan_of(std::string(kSeed));
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  ASSERT_TRUE(*plan);
  EXPECT_EQ((*plan)->interval, std::chrono::seconds(60));
  EXPECT_EQ((*plan)->timeout, std::chrono::seconds(30));
  ASSERT_EQ((*plan)->scans.size(), 1u);
  EXPECT_EQ((*plan)->scans[0].name, kAccessScan);
  EXPECT_EQ((*plan)->scans[0].steps.size(), 3u);
}

TEST(SonarPlan, WhatIsMissingIsNamed) {
  for (const auto* key : {"username", "customer", "project"}) {
    const auto plan = plan_of(without(key));
    ASSERT_FALSE(plan.ok()) << key;
    EXPECT_NE(plan.error().message.find(std::string("monitor.sonar.") + key + " is missing"),
              std::string::npos)
        << plan.error().message;
  }
  EXPECT_NE(plan_of(without("password")).error().message.find("password_file is missing"),
            std::string::npos);
}

TEST(SonarPlan, APasswordThatCannotBeRecognizedIsRefused) {
  auto text = without("password");
  text.insert(text.find("customer"), "password = \"abc\"\n");
  EXPECT_NE(plan_of(text).error().message.find("less than 4 bytes"), std::string::npos);
}

TEST(SonarPlan, AGrantForTokensNeedsAnIssuerByHttps) {
  const std::string provider = "[monitor.sonar.identityProvider]\ngrant = \"password\"\n";
  EXPECT_NE(plan_of(std::string(kSeed) + provider).error().message.find("issuer is missing"),
            std::string::npos);
  EXPECT_NE(plan_of(std::string(kSeed) + provider + "issuer = \"http://idp.test\"\n" +
                    "clientId = \"x\"\n")
                .error()
                .message.find("so it is https"),
            std::string::npos);
  const auto plan =
      plan_of(std::string(kSeed) + provider + "issuer = \"https://idp.test/\"\nclientId = \"x\"\n");
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ((*plan)->issuer, "https://idp.test");
  EXPECT_EQ((*plan)->scans[0].steps[2].bearer, "{{token}}");
}

TEST(SonarPlan, APasswordThatEverybodyCanReadIsTold) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "candor.toml";
  ASSERT_TRUE(write_file(file, kSeed, 0600).ok());
  const auto told = [&] { return readable_password(*parse_settings(kSeed, file)); };
  EXPECT_EQ(told(), "");
  ::chmod(file.c_str(), 0644);
  EXPECT_NE(told().find("which everybody can read"), std::string::npos);
  EXPECT_EQ(told().find("correct horse"), std::string::npos);
}

TEST(SonarPlan, ASweepLeavesWhatAScanMayStillWorkWith) {
  const auto with = [](int older_than) {
    return std::string(kSeed) + R"([[monitor.sonar.scans]]
name = "tenant"
steps = [{name = "old", get = "{{url}}", sweep = {items = "$", name = "$.name", prefix = "sonar-", created = "$.at", delete = "{{url}}/{{id}}", olderThan = )" +
           std::to_string(older_than) + "}}]\n";
  };
  EXPECT_TRUE(plan_of(with(35)).ok());
  const auto plan = plan_of(with(34));
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().message,
            "Step \"old\" of scan \"tenant\" removes what is older than 34 s, and a scan may work "
            "with it for 35 s (timeout, and 5 s of cleaning up). Set olderThan = 35 or more.");
}

}  // namespace
}  // namespace candor
