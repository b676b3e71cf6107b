#include "agent/collect/dcos_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace candor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DcosConfigTest : public ::testing::Test {
 protected:
  void put(const std::string& name, std::string_view text) const {
    ASSERT_TRUE(write_file(folder_.path() / name, text).ok());
  }
  Settings settings(std::string_view more = "") const {
    const auto at = [&](std::string_view name) { return (folder_.path() / name).string(); };
    return *parse_settings(
        fmt::format("[collect.dcos]\nconfig = \"{}\"\nextra_config = \"{}\"\ncluster_id_file = "
                    "\"{}\"\n{}",
                    at("config.json"), at("extra.json"), at("cluster-id"), more),
        folder_.path() / "candor.toml");
  }
  TemporaryFolder folder_;
};

TEST_F(DcosConfigTest, WithoutFilesTheSignalServicesOwnAddressesCount) {
  const auto config = dcos_config(settings());
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->diagnostics_urls,
              ElementsAre("http://leader.mesos:1050/system/health/v1/report?cache=0"));
  EXPECT_THAT(config->cosmos_urls, ElementsAre("http://127.0.0.1:7070/package/list"));
  EXPECT_THAT(config->mesos_urls, ElementsAre("http://leader.mesos:5050/frameworks",
                                              "http://leader.mesos:5050/metrics/snapshot"));
  EXPECT_EQ(config->timeout, std::chrono::seconds(15));
  EXPECT_EQ(config->facts.variant, "open");
  EXPECT_EQ(dcos_refusal(settings()), std::nullopt);
  EXPECT_EQ(*dcos_cluster_id(settings()), std::nullopt);
}

TEST_F(DcosConfigTest, TheSecondFileOverridesTheFirstAndOwnKeysOverrideBoth) {
  put("config.json", R"({"diagnostics_urls": ["http://a/1"], "cosmos_urls": ["http://a/2"],
    "mesos_urls": ["http://a/3", "http://a/4"], "ca_cert_path": "/ca.pem", "customer_key": "K1",
    "license_id": "L1", "gen_platform": "aws", "gen_provider": "aws", "enabled": "true"})");
  put("extra.json", R"({"customer_key": "K2", "cosmos_urls": ["http://b/2"]})");
  const auto config = dcos_config(settings("mesos_url = \"http://own/\"\nprovider = \"onprem\"\n"));
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->diagnostics_urls, ElementsAre("http://a/1"));
  EXPECT_THAT(config->cosmos_urls, ElementsAre("http://b/2"));
  EXPECT_THAT(config->mesos_urls,
              ElementsAre("http://own/frameworks", "http://own/metrics/snapshot"));
  EXPECT_EQ(config->ca_file, "/ca.pem");
  EXPECT_EQ(config->facts.customer_key, "K2");
  EXPECT_EQ(config->facts.license_id, "L1");
  EXPECT_EQ(config->facts.platform, "aws");
  EXPECT_EQ(config->facts.provider, "onprem");
  EXPECT_EQ(dcos_refusal(settings()), std::nullopt);
}

TEST_F(DcosConfigTest, DcosInstalledWithoutTelemetryIsANo) {
  for (const auto* no : {R"("false")", R"("False")", "false"}) {
    put("config.json", fmt::format(R"({{"enabled": {}}})", no));
    EXPECT_THAT(dcos_refusal(settings()).value_or(""), HasSubstr("installed without telemetry"));
  }
  put("extra.json", R"({"enabled": "true"})");
  EXPECT_EQ(dcos_refusal(settings()), std::nullopt) << "the second file counts";
}

TEST_F(DcosConfigTest, AFileThatCannotBeUnderstoodCountsAsANo) {
  for (const auto* text : {"{\"enabled\": \"fal", "[]", ""}) {
    put("config.json", text);
    EXPECT_THAT(dcos_refusal(settings()).value_or(""), HasSubstr("counts as a no")) << text;
    EXPECT_EQ(dcos_config(settings()).error().kind, ErrorKind::kConfiguration);
  }
}

TEST_F(DcosConfigTest, TheClustersNumberIsAdopted) {
  put("cluster-id", "70B28F00-e38f-41b2-a723-aab344f535b9\n");
  EXPECT_EQ(**dcos_cluster_id(settings()), "70b28f00-e38f-41b2-a723-aab344f535b9");
  put("cluster-id", "canary, not a number");
  const auto wrong = dcos_cluster_id(settings());
  EXPECT_EQ(wrong.error().kind, ErrorKind::kBadData);
  EXPECT_THAT(wrong.error().message, ::testing::Not(HasSubstr("canary")));
}

TEST_F(DcosConfigTest, WithoutTheFileTheConfiguredNumberCounts) {
  put("config.json", R"({"cluster_id": "70b28f00-e38f-41b2-a723-aab344f535b9"})");
  EXPECT_EQ(**dcos_cluster_id(settings()), "70b28f00-e38f-41b2-a723-aab344f535b9");
}

}  // namespace
}  // namespace candor
