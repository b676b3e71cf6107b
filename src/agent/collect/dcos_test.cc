#include "agent/collect/dcos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "agent/collect/dcos_tracks.h"
#include "base/files.h"

namespace candor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string recorded(const std::string& name) {
  return *read_file(Path(CANDOR_TEST_SOURCE_DIR "/src/agent/collect/testdata/dcos") / name);
}

constexpr const char* kClusterId = "70b28f00-e38f-41b2-a723-aab344f535b9";

// The services of a cluster by address.
class FakeCluster final : public HttpClient {
 public:
  FakeCluster() {
    answers["http://d/report"] = {200, {}, recorded("health_report.json")};
    answers["http://c/list"] = {200, {}, recorded("package_list.json")};
    answers["http://m/frameworks"] = {200, {}, recorded("frameworks.json")};
    answers["http://m/metrics/snapshot"] = {200, {}, recorded("metrics_snapshot.json")};
  }
  Result<ClientResponse> send(const ClientRequest& request) override {
    asked.push_back(request);
    const auto found = answers.find(request.url);
    if (found == answers.end())
      return Error{ErrorKind::kUnavailable, request.url + " cannot be reached: refused"};
    return found->second;
  }
  std::map<std::string, ClientResponse> answers;
  std::vector<ClientRequest> asked;
};

DcosConfig sample_config() {
  DcosConfig config;
  config.diagnostics_urls = {"http://d/report"};
  config.cosmos_urls = {"http://c/list"};
  config.mesos_urls = {"http://m/frameworks", "http://m/metrics/snapshot"};
  config.timeout = std::chrono::seconds(15);
  config.facts.cluster_id = kClusterId;
  config.facts.provider = "aws";
  return config;
}

DcosRequest everything_of(const DcosConfig& config) {
  return {config, {"diagnostics", "cosmos", "mesos"}, std::nullopt, {}};
}

TEST(Dcos, WhatItsServicesAnswerBecomesTheDocumentedSample) {
  FakeCluster cluster;
  const auto config = sample_config();
  const auto seen = collect_dcos(everything_of(config), cluster);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(to_pretty(seen->document), recorded("sample.json"));
  EXPECT_TRUE(seen->notes.empty());
}

TEST(Dcos, EachServiceIsAskedAsTheSignalServiceAsks) {
  FakeCluster cluster;
  auto config = sample_config();
  config.token = "jwt";
  config.ca_file = "/ca.pem";
  ASSERT_TRUE(collect_dcos(everything_of(config), cluster).ok());
  ASSERT_EQ(cluster.asked.size(), 4u);
  for (const auto& request : cluster.asked) {
    EXPECT_EQ(request.body, "{}") << request.url;
    EXPECT_EQ(request.method, request.url == "http://c/list" ? "POST" : "GET");
    EXPECT_EQ(request.timeout, std::chrono::seconds(15));
    EXPECT_EQ(request.proxy_use, ProxyUse::kNever);
    EXPECT_EQ(request.ca_file, "/ca.pem");
    EXPECT_EQ(request.headers.back().value, "token=jwt");
  }
  const auto& cosmos = cluster.asked.front().headers;
  EXPECT_EQ(cosmos[0].value,
            "application/vnd.dcos.package.list-request+json;charset=utf-8;version=v1");
  EXPECT_EQ(cosmos[1].value,
            "application/vnd.dcos.package.list-response+json;charset=utf-8;version=v1");
}

TEST(Dcos, AServiceThatFailsLeavesItsTrackOutAndNothingElse) {
  const std::map<std::string, ClientResponse> bad = {
      {"answered 503", {503, {}, "{}"}},
      {"no JSON object", {200, {}, "<html>canary-page</html>"}},
      {"no JSON object ", {200, {}, "[]"}},
      {"the answer is", {200, {}, R"({"canary-key": 1})"}},
      {"the answer is ", {200, {}, R"({"packages": [3], "frameworks": 4, "Units": []})"}}};
  const std::map<std::string, std::string> source = {{"cosmos", "http://c/list"},
                                                     {"diagnostics", "http://d/report"},
                                                     {"mesos", "http://m/frameworks"}};
  for (const auto& [track, url] : source) {
    for (const auto& [why, answer] : bad) {
      FakeCluster cluster;
      cluster.answers[url] = answer;
      const auto config = sample_config();
      const auto seen = collect_dcos(everything_of(config), cluster);
      ASSERT_TRUE(seen.ok());
      EXPECT_EQ(seen->document.size(), 2u) << track << why;
      EXPECT_FALSE(seen->document.contains(track)) << why;
      ASSERT_EQ(seen->notes.size(), 1u);
      EXPECT_THAT(seen->notes[0], HasSubstr("The track " + track + " is left out"));
      EXPECT_THAT(seen->notes[0], HasSubstr(why.substr(0, why.find_last_not_of(' ') + 1)));
      EXPECT_THAT(seen->notes[0], ::testing::Not(HasSubstr("canary")));
    }
  }
}

TEST(Dcos, OneUnreachableAddressOfMesosLeavesTheTrackOut) {
  FakeCluster cluster;
  cluster.answers.erase("http://m/metrics/snapshot");
  const auto config = sample_config();
  const auto seen = collect_dcos(everything_of(config), cluster);
  ASSERT_TRUE(seen.ok());
  EXPECT_FALSE(seen->document.contains("mesos"));
  EXPECT_THAT(seen->notes, ElementsAre(HasSubstr("cannot be reached")));
}

TEST(Dcos, OnlyTheTracksThatAreWantedAreAskedFor) {
  FakeCluster cluster;
  const auto config = sample_config();
  const auto seen = collect_dcos({config, {"cosmos"}, std::nullopt, {}}, cluster);
  ASSERT_TRUE(seen.ok());
  ASSERT_EQ(cluster.asked.size(), 1u);
  EXPECT_EQ(cluster.asked[0].url, "http://c/list");
  EXPECT_EQ(seen->document.size(), 1u);
}

TEST(Dcos, AStopIsNoReport) {
  FakeCluster cluster;
  const auto config = sample_config();
  auto request = everything_of(config);
  request.keep_going = [] { return false; };
  EXPECT_EQ(collect_dcos(request, cluster).error().kind, ErrorKind::kTryAgain);
}

TEST(Dcos, UnitsOfTheMachineAddTotalsToTheTrack) {
  FakeCluster cluster;
  const auto config = sample_config();
  auto request = everything_of(config);
  request.units = *parse_units(recorded("systemctl_show.txt"));
  const auto seen = collect_dcos(request, cluster);
  ASSERT_TRUE(seen.ok());
  const auto& properties = seen->document["diagnostics"]["properties"];
  EXPECT_EQ(properties["services_running"], 3);
  EXPECT_EQ(properties["services_active"], 4);
  EXPECT_EQ(properties["tasks_running"], 12);
  EXPECT_EQ(properties["source"], "cluster");
  EXPECT_EQ(properties["health-unit-dcos-3dt-service-total"], 3) << "the cluster's figure counts";
  const auto sample = *parse_json(recorded("sample.json"));
  EXPECT_EQ(properties.size(), sample["diagnostics"]["properties"].size() + 3);
}

TEST(Dcos, WithoutTheDiagnosticsServiceTheTrackIsOfTheMachine) {
  FakeCluster cluster;
  cluster.answers.clear();
  const auto config = sample_config();
  auto request = everything_of(config);
  request.units = *parse_units(recorded("systemctl_show.txt"));
  const auto seen = collect_dcos(request, cluster);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->notes.size(), 3u);
  const auto& properties = seen->document["diagnostics"]["properties"];
  EXPECT_EQ(properties["source"], "machine");
  EXPECT_EQ(properties["health-unit-dcos-signal-service-total"], 1);
  EXPECT_EQ(properties["health-unit-dcos-signal-service-unhealthy"], 1) << "it failed";
  EXPECT_EQ(properties["health-unit-dcos-gen-resolvconf-service-unhealthy"], 0) << "inactive";
  EXPECT_EQ(properties["health-unit-dcos-3dt-socket-total"], 1);
  EXPECT_THAT(to_line(seen->document), ::testing::Not(HasSubstr("canary")))
      << "units that are not of DC/OS may be named after anything";
}

TEST(DcosTracks, ANodeIsUnhealthyByItsOutputOrByTheUnitsHealth) {
  const auto report = *parse_json(R"({"Units": {"a.b.service": {"UnitName": "a.b.service",
    "Nodes": [
      {"Output": {"a.b.service": "it fell over"}, "Units": []},
      {"Output": {"a.b.service": ""}, "Units": [{"UnitName": "a.b.service", "Health": 1}]},
      {"Output": {"other.service": "fell"}, "Units": [{"UnitName": "other.service", "Health": 1}]},
      {"Output": {}, "Units": [{"UnitName": "a.b.service", "Health": 0}]}, {}]},
    "empty.timer": {"UnitName": "empty.timer", "Nodes": null}}})");
  const auto made = diagnostics_properties(report);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->at("health-unit-a-b-service-total"), 5);
  EXPECT_EQ(made->at("health-unit-a-b-service-unhealthy"), 2);
  EXPECT_EQ(made->at("health-unit-empty-timer-total"), 0);
  EXPECT_EQ(made->size(), 4u);
}

TEST(DcosTracks, OfAPackageOnlyWhatIsDeclaredIsTaken) {
  const auto made = cosmos_properties(*parse_json(recorded("package_list_kafka.json")));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(to_line(made->at("package_list")),
            R"([{"appId":"/prod/canary-customer/kafka","packageInformation":{"packageDefinition":)"
            R"({"name":"kafka","version":"1.1.9-0.10.0.0"}}}])");
}

TEST(DcosTracks, FractionsStayAndWholeNumbersHaveNone) {
  auto answer = *parse_json(recorded("frameworks.json"));
  answer.update(*parse_json(recorded("metrics_snapshot.json")));
  answer["master/cpus_used"] = 2.5;
  const auto made = mesos_properties(answer);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(to_line(made->at("cpu_used")), "2.5");
  EXPECT_EQ(to_line(made->at("cpu_total")), "8");
}

TEST(DcosTracks, LicenceAndPlatformStandThereOnlyWhereTheyAreKnown) {
  DcosFacts facts;
  facts.license_id = "L1";
  facts.platform = "aws";
  const auto track = make_track("health", {}, facts);
  EXPECT_EQ(track["properties"]["licenseId"], "L1");
  EXPECT_EQ(track["properties"]["platform"], "aws");
  EXPECT_FALSE(make_track("health", {}, {})["properties"].contains("licenseId"));
}

}  // namespace
}  // namespace candor
