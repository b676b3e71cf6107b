#include "config/sonar_config.h"

#include <gtest/gtest.h>

#include "config/settings.h"

namespace candor {
namespace {

Result<Settings> parsed(std::string_view text) {
  return parse_settings(text, "/etc/candor/candor.toml");
}

std::string error_of(std::string_view text) {
  const auto settings = parsed(text);
  return settings.ok() ? "" : settings.error().message;
}

constexpr std::string_view kSeed = R"(
[monitor.sonar]
username = "svc-sonar"
password = "correct horse"
customer = "c"
project = "p"
scanInterval = 60
targets = [{platformName = "eu1.aws", url = "https://panel.example.com/access"}]
)";

TEST(SonarConfig, TheSeedsKeysAreRead) {
  const auto settings = parsed(kSeed);
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings->text("monitor.sonar.username"), "svc-sonar");
  EXPECT_EQ(settings->integer("monitor.sonar.scanInterval"), 60);
  EXPECT_EQ(settings->sonar().targets,
            (std::vector<SonarTarget>{{"eu1.aws", "https://panel.example.com/access"}}));
  EXPECT_EQ(shown_value(settings->setting("monitor.sonar.password")), "***");
}

TEST(SonarConfig, AJourneyIsRead) {
  const auto settings = parsed(R"toml(
[[monitor.sonar.scans]]
name = "tenant"
[[monitor.sonar.scans.steps]]
name = "create"
post = "{{api}}/tenants"
json = {platform = "{{platformName}}", size = 3}
bearer = "{{token}}"
expect = {status = 201, json = {"$.state" = "new"}, maxMs = 800}
save = {id = "$.id", page = "regex:a=([0-9]+)"}
secret = ["id"]
[[monitor.sonar.scans.steps]]
name = "ready"
get = "{{api}}/tenants/{{id}}"
until = {json = {"$.state" = "ready"}}
every = 2
for = 20
[[monitor.sonar.scans.steps]]
name = "cleanup"
delete = "{{api}}/tenants/{{id}}"
always = true
expect = {status = [200, 204, 404]}
)toml");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  ASSERT_EQ(settings->sonar().scans.size(), 1u);
  const auto& steps = settings->sonar().scans[0].steps;
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].method, "POST");
  EXPECT_EQ(to_line(steps[0].json), R"({"platform":"{{platformName}}","size":3})");
  EXPECT_EQ(steps[0].expect.status, std::vector<int>{201});
  EXPECT_EQ(steps[0].saves.size(), 2u);
  EXPECT_TRUE(steps[1].until);
  EXPECT_EQ(steps[1].patience, 20);
  EXPECT_TRUE(steps[2].always);
  EXPECT_EQ(steps[2].expect.status, (std::vector<int>{200, 204, 404}));
}

TEST(SonarConfig, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(error_of("[monitor.sonar]\nusernam = \"x\"\n"),
            "/etc/candor/candor.toml:2:1: unknown key \"usernam\". Did you mean \"username\"?");
  EXPECT_NE(error_of("[monitor.sonar]\ntargets = [{platformName = \"a\", adress = \"x\"}]\n")
                .find("candor.toml:2:"),
            std::string::npos);
  EXPECT_NE(error_of("[monitor.sonar]\ntargets = [{platformName = \"a\", url = \"panel\"}]\n")
                .find("url is an address"),
            std::string::npos);
  EXPECT_NE(error_of("[monitor.sonar]\ntargets = [{platformName = \"a\", url = "
                     "\"https://u:p@panel.test/\"}]\n")
                .find("url holds a password"),
            std::string::npos);
  EXPECT_NE(error_of("[monitor.sonar]\nscanInterval = 0\n").find("from 1 to 86400"),
            std::string::npos);
  const std::string step = "[[monitor.sonar.scans]]\nname=\"a\"\n[[monitor.sonar.scans.steps]]\n";
  EXPECT_NE(error_of(step + "name = \"x\"\n").find("needs one of get"), std::string::npos);
  EXPECT_NE(error_of(step + "name = \"x\"\nget = \"u\"\noidc = true\n").find("needs one of get"),
            std::string::npos);
  EXPECT_NE(error_of(step + "name = \"x\"\nget = \"u\"\nexpct = {status = 1}\n")
                .find("Did you mean \"expect\"?"),
            std::string::npos);
  EXPECT_NE(error_of(step + "name = \"x\"\nget = \"u\"\nexpect = {status = 99}\n")
                .find("from 100 to 599"),
            std::string::npos);
  EXPECT_NE(error_of(step + "name = \"x\"\nget = \"u\"\nsave = {a = \"regex:(\"}\n")
                .find("no extended regular expression"),
            std::string::npos);
  EXPECT_NE(error_of(step + "name = \"x\"\nget = \"u\"\nevery = 2\n").find("goes with until"),
            std::string::npos);
}

TEST(SonarConfig, ASweepIsReadAndHeldToWhatIsSafe) {
  const auto step = [](const std::string& sweep, const std::string& more = "get = \"u\"") {
    return "[[monitor.sonar.scans]]\nname=\"a\"\n[[monitor.sonar.scans.steps]]\nname = \"x\"\n" +
           more + "\nsweep = {" + sweep + "}\n";
  };
  const std::string paths = R"(items = "$", name = "$.name", created = "$.at")";
  const std::string prefix = R"(, prefix = "sonar-")", remove = R"(, delete = "{{api}}/t/{{id}}")";
  const auto settings = parsed(step(paths + prefix + remove + ", olderThan = 60"));
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  const auto sweep = *settings->sonar().scans[0].steps[0].sweep;
  EXPECT_EQ(sweep.items, "$");
  EXPECT_EQ(sweep.id, "$.id");
  EXPECT_EQ(sweep.older_than, 60);
  EXPECT_EQ(sweep.remove, "{{api}}/t/{{id}}");

  const auto told = [&](const std::string& text, std::string_view why) {
    EXPECT_NE(error_of(text).find(why), std::string::npos) << error_of(text);
  };
  for (const auto* bad : {"", "so", "   ", "{{customer}}-"})
    told(step(paths + ", prefix = \"" + bad + "\"" + remove), "prefix");
  for (const auto* bad : {"{{api}}/t", "{{api}}{{id}}", "https://{{id}}.test/t",
                          "https://api.test{{id}}/t", "{{id}}"})
    told(step(paths + prefix + ", delete = \"" + bad + "\""), "with {{id}} behind its host");
  told(step(paths + prefix), "delete");
  told(step(prefix.substr(2) + remove), "items");
  told(step(paths + prefix + remove + ", id = \"id\""), "id is a path such as $.id");
  told(step(paths + prefix + remove + ", olderThan = 0"), "olderThan is a number of seconds");
  told(step(paths + prefix + remove + ", older = 1"), "older");
  told(step(paths + prefix + remove, "post = \"u\""), "sweep goes with get");
  told(step(paths + prefix + remove, "get = \"u\"\nuntil = {status = 200}"), "sweep goes with get");
}

TEST(SonarConfig, NoTargetsAreNone) {
  EXPECT_TRUE(parsed("[monitor.sonar]\ntargets = []\n").ok());
  EXPECT_TRUE(parsed("")->sonar().targets.empty());
}

}  // namespace
}  // namespace candor
