#include "server/ops/ops_files.h"

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/process.h"
#include "server/ops/pack.h"

namespace candor {
namespace {

using testing::HasSubstr;
using testing::Not;

OpsConfig short_ops() {
  OpsConfig ops;
  ops.enabled = true;
  ops.scrape_interval = ops.evaluation_interval = std::chrono::seconds(30);
  ops.group_wait = std::chrono::seconds(30);
  ops.group_interval = std::chrono::seconds(300);
  ops.repeat_interval = ops.digest_interval = std::chrono::seconds(86'400);
  return ops;
}

MonitorConfig two_inboxes() {
  MonitorConfig monitor;
  monitor.alert_addresses = {"ops@vendor.test"};
  monitor.additional_alert_addresses = {"alerts@example.com"};
  monitor.smtp.host = "mail.vendor.test:587";
  monitor.smtp.from = "candor@vendor.test";
  return monitor;
}

OpsSurroundings surroundings() {
  return {"https://127.0.0.1:8443", "/data/ops/scrape.token", "http://127.0.0.1:9090",
          "https://alerts.example.com:443/am"};
}

const OpsFile* find(const std::vector<OpsFile>& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &OpsFile::name);
  return found == files.end() ? nullptr : &*found;
}

TEST(PrometheusFile, AsksTheCollectorWithItsTokenAndInstallationsWithTheirPassword) {
  auto ops = short_ops();
  ops.scrape = {{"eu1", "https://[2001:db8::1]:9443/metrics", "u", "/eu1.password", "/ca.pem"},
                {"eu2", "https://eu2.example.com", "", "", ""}};
  const auto yaml = YAML::Load(prometheus_file(ops, surroundings()));
  const auto jobs = yaml["scrape_configs"];
  ASSERT_EQ(jobs.size(), 5u);
  EXPECT_EQ(jobs[0]["authorization"]["credentials_file"].as<std::string>(),
            "/data/ops/scrape.token");
  EXPECT_TRUE(jobs[0]["tls_config"]["insecure_skip_verify"].as<bool>());
  EXPECT_EQ(jobs[2]["metrics_path"].as<std::string>(), "/am/metrics");
  const auto& eu1 = jobs[3];
  EXPECT_EQ(eu1["static_configs"][0]["targets"][0].as<std::string>(), "[2001:db8::1]:9443");
  EXPECT_EQ(eu1["static_configs"][0]["labels"]["installation"].as<std::string>(), "eu1");
  EXPECT_EQ(eu1["basic_auth"]["password_file"].as<std::string>(), "/eu1.password");
  EXPECT_EQ(eu1["tls_config"]["ca_file"].as<std::string>(), "/ca.pem");
  EXPECT_FALSE(eu1["tls_config"]["insecure_skip_verify"]);
  EXPECT_FALSE(eu1["follow_redirects"].as<bool>());
  EXPECT_EQ(jobs[4]["metrics_path"].as<std::string>(), "/metrics");
  EXPECT_FALSE(jobs[4]["basic_auth"]);
  const auto alerts = yaml["alerting"]["alertmanagers"][0];
  EXPECT_EQ(alerts["path_prefix"].as<std::string>(), "/am");
  EXPECT_EQ(alerts["static_configs"][0]["targets"][0].as<std::string>(), "alerts.example.com:443");
}

TEST(PrometheusFile, HostileValuesStayValues) {
  auto ops = short_ops();
  const std::string hostile = "u\"\n  - job_name: \"x\": {}\t'#&*!|>%@`\\ \x01 é";
  ops.scrape = {{"eu1", "https://eu1/metrics", hostile, "/a b\n: c", ""}};
  const auto yaml = YAML::Load(prometheus_file(ops, surroundings()));
  ASSERT_EQ(yaml["scrape_configs"].size(), 4u);
  EXPECT_EQ(yaml["scrape_configs"][3]["basic_auth"]["username"].as<std::string>(), hostile);
  EXPECT_EQ(yaml["scrape_configs"][3]["basic_auth"]["password_file"].as<std::string>(),
            "/a b\n: c");
}

TEST(PrometheusFile, TakesWhatAnAgentPushesLateWhereItIsOurs) {
  auto around = surroundings();
  const auto ours = YAML::Load(prometheus_file(short_ops(), around));
  EXPECT_EQ(ours["storage"]["tsdb"]["out_of_order_time_window"].as<std::string>(), "90000s");
  around.runs_prometheus = false;
  EXPECT_FALSE(YAML::Load(prometheus_file(short_ops(), around))["storage"]);
}

TEST(AlertmanagerFile, EachInboxHasAnEntryOfItsOwn) {
  const auto yaml = YAML::Load(alertmanager_file(short_ops(), two_inboxes()));
  const auto entries = yaml["receivers"][1]["email_configs"];
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0]["to"].as<std::string>(), "ops@vendor.test");
  EXPECT_EQ(entries[1]["to"].as<std::string>(), "alerts@example.com");
  for (const auto& entry : entries) {
    EXPECT_TRUE(entry["send_resolved"].as<bool>());
    EXPECT_EQ(entry["headers"]["Auto-Submitted"].as<std::string>(), "auto-generated");
  }
  EXPECT_TRUE(yaml["global"]["smtp_require_tls"].as<bool>());
}

TEST(AlertmanagerFile, OnlyTheTestsOwnAlertGoesToOneInboxAlone) {
  const auto yaml = YAML::Load(alertmanager_file(short_ops(), two_inboxes()));
  const auto test = yaml["route"]["routes"][1];
  EXPECT_EQ(test["matchers"][0].as<std::string>(), "alertname=\"CandorTest\"");
  EXPECT_EQ(test["matchers"][1].as<std::string>(), "candor_test=\"alerts@example.com\"");
  ASSERT_EQ(yaml["receivers"].size(), 4u);
  const auto receiver = yaml["receivers"][3];
  EXPECT_EQ(receiver["name"].as<std::string>(), test["receiver"].as<std::string>());
  ASSERT_EQ(receiver["email_configs"].size(), 1u);
  EXPECT_EQ(receiver["email_configs"][0]["to"].as<std::string>(), "alerts@example.com");
  EXPECT_FALSE(receiver["email_configs"][0]["send_resolved"].as<bool>());
}

TEST(AlertmanagerFile, PasswordsAreNamedByFile) {
  auto monitor = two_inboxes();
  monitor.smtp.username = "candor";
  monitor.smtp.password_file = "/etc/candor/smtp.password";
  const auto global = YAML::Load(alertmanager_file(short_ops(), monitor))["global"];
  EXPECT_EQ(global["smtp_auth_password_file"].as<std::string>(), "/etc/candor/smtp.password");
  EXPECT_FALSE(global["smtp_auth_password"]);
}

TEST(OpsFiles, TheMailPasswordIsOfTheSetAndWithoutTheEndOfItsLine) {
  const TemporaryFolder temporary;
  auto monitor = two_inboxes();
  monitor.smtp.username = "candor";
  monitor.smtp.password_file = temporary.path() / "source";
  ASSERT_TRUE(write_file(monitor.smtp.password_file, "pass word\r\n").ok());
  auto around = surroundings();
  around.current = "/data/ops/current";
  const auto files = ops_files(short_ops(), monitor, around);
  ASSERT_TRUE(files.ok()) << files.error().message;
  const auto password = std::ranges::find(*files, kMailPasswordFile, &OpsFile::name);
  ASSERT_NE(password, files->end());
  EXPECT_EQ(password->text, "pass word");
  const auto yaml = std::ranges::find(*files, "alertmanager.yml", &OpsFile::name);
  EXPECT_EQ(YAML::Load(yaml->text)["global"]["smtp_auth_password_file"].as<std::string>(),
            "/data/ops/current/smtp.password");
  monitor.smtp.password_file = "/nowhere/x";
  const auto missing = ops_files(short_ops(), monitor, around);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("monitor.smtp.password_file: "), std::string::npos);
}

TEST(OpsFiles, CertificatesHaveToBeSome) {
  const TemporaryFolder temporary;
  auto ops = short_ops();
  const auto file = temporary.path() / "ca.pem";
  ops.scrape.push_back({"eu1", "https://eu1.example.com:9443/metrics", "", "", file});
  ASSERT_TRUE(write_file(file, "no certificate").ok());
  const auto files = ops_files(ops, two_inboxes(), surroundings());
  ASSERT_FALSE(files.ok());
  EXPECT_NE(files.error().message.find("ca_file"), std::string::npos) << files.error().message;
}

TEST(AlertmanagerFile, WithoutInboxesNobodyIsMailed) {
  const auto yaml = YAML::Load(alertmanager_file(short_ops(), {}));
  EXPECT_FALSE(yaml["receivers"][1]["email_configs"]);
}

TEST(OpsFiles, LinksAreOnlyThereWithAnExternalUrl) {
  auto ops = short_ops();
  const auto without = ops_files(ops, two_inboxes(), surroundings());
  ASSERT_TRUE(without.ok()) << without.error().message;
  EXPECT_EQ(find(*without, "templates/links.tmpl"), nullptr);
  EXPECT_NE(find(*without, "templates/no_links.tmpl"), nullptr);
  ops.external_url = "https://ops.example.com";
  const auto with = ops_files(ops, two_inboxes(), surroundings());
  ASSERT_TRUE(with.ok());
  EXPECT_NE(find(*with, "templates/links.tmpl"), nullptr);
  EXPECT_EQ(find(*with, "templates/no_links.tmpl"), nullptr);
  for (const auto& rules : rule_pack())
    EXPECT_NE(find(*with, "rules/" + std::string(rules.name)), nullptr) << rules.name;
}

TEST(OpsFiles, OwnRulesStandBesideOursAndNeverInTheirPlace) {
  const TemporaryFolder folder;
  for (const auto* name : {"20-node.yml", "a.yaml", "a.yml", "notes.txt"})
    ASSERT_TRUE(write_file(folder.path() / name, name).ok());
  auto ops = short_ops();
  ops.rules_folder = folder.path();
  const auto files = ops_files(ops, {}, surroundings());
  ASSERT_TRUE(files.ok());
  EXPECT_THAT(find(*files, "rules/20-node.yml")->text, HasSubstr("HostFilesystemFull"));
  EXPECT_EQ(find(*files, "rules/own-20-node.yml")->text, "20-node.yml");
  EXPECT_EQ(find(*files, "rules/own-a.yaml.yml")->text, "a.yaml");
  EXPECT_EQ(find(*files, "rules/own-a.yml")->text, "a.yml");
  EXPECT_TRUE(std::ranges::none_of(*files, [](const OpsFile& f) { return f.text == "notes.txt"; }));
}

TEST(OpsFiles, AFileThatIsNotThereIsToldWithItsKey) {
  auto ops = short_ops();
  ops.scrape = {{"eu1", "https://eu1/metrics", "u", "/nowhere/eu1.password", ""}};
  const auto files = ops_files(ops, {}, surroundings());
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().kind, ErrorKind::kConfiguration);
  EXPECT_THAT(files.error().message, HasSubstr("ops.scrape \"eu1\", password_file: "));
  EXPECT_THAT(files.error().message, HasSubstr("/nowhere/eu1.password"));
  ops.scrape.clear();
  ops.rules_folder = "/nowhere";
  EXPECT_THAT(ops_files(ops, {}, surroundings()).error().message, HasSubstr("rules_folder"));
}

}  // namespace
}  // namespace candor
