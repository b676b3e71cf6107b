#include "server/ops/ops_questions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::string_view kNothing = R"({"status":"success","data":{"result":[],"alerts":[]}})";

// Answers by the beginning of what stands behind the host; all else is away.
class Played final : public HttpClient {
 public:
  Result<ClientResponse> send(const ClientRequest& request) override {
    asked.push_back(request);
    // The longest first.
    for (auto one = answers.rbegin(); one != answers.rend(); ++one) {
      if (request.url.starts_with(one->first)) return one->second;
    }
    return Error{ErrorKind::kUnavailable, request.url + " cannot be reached: nobody answers."};
  }

  std::map<std::string, ClientResponse> answers;
  std::vector<ClientRequest> asked;
};

class OpsQuestionsTest : public testing::Test {
 protected:
  void prometheus_answers() {
    client_.answers["http://prometheus"] = {200, {}, std::string(kNothing)};
    client_.answers["http://prometheus/api/v1/label"] = {
        200, {}, R"({"status":"success","data":[]})"};
    client_.answers["http://alertmanager"] = {200, {}, "[]"};
  }

  OpsQuestions questions() {
    return OpsQuestions({"http://prometheus", "http://alertmanager", {target_}}, client_, {});
  }

  Played client_;
  const TemporaryFolder folder_;
  ScrapeTarget target_{"eu1", "https://eu1.test:9443/metrics", "", {}, {}};
  const Instant now_ = from_unix_millis(1'790'000'000'000);
};

TEST_F(OpsQuestionsTest, WithoutPrometheusWhatIsConfiguredIsToldAndItIsAskedOnce) {
  const auto told = questions().overview(now_);
  ASSERT_EQ(told["installations"].size(), 2u);
  EXPECT_EQ(told["installations"][0]["name"], "eu1");
  EXPECT_EQ(told["installations"][0]["health"], "unknown");
  ASSERT_EQ(told["troubles"].size(), 1u);
  EXPECT_EQ(told["troubles"][0].get<std::string>().find(
                "Prometheus tells nothing at the moment: it cannot be reached: nobody answers. "),
            0u);
  EXPECT_EQ(client_.asked.size(), 1u);
}

TEST_F(OpsQuestionsTest, OneThatNobodyKnowsIsNotFoundAndAsksNoMore) {
  prometheus_answers();
  const auto told = questions().installation("a\"} or up{b=\"", *panel_range("24h"), now_);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().kind, ErrorKind::kNotFound);
  for (const auto& request : client_.asked)
    EXPECT_EQ(request.url.find("or%20up"), std::string::npos) << request.url;
}

TEST_F(OpsQuestionsTest, WhetherThereIsOneCannotBeSaidWithoutPrometheus) {
  const auto told = questions().installation("pushed", *panel_range("24h"), now_);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
}

TEST_F(OpsQuestionsTest, APrometheusThatStartsSaysNothingOfWhatThereIs) {
  prometheus_answers();
  client_.answers["http://prometheus"] = {503, {}, "Service Unavailable"};
  client_.answers["http://prometheus/api/v1/label"] = {503, {}, "Service Unavailable"};
  const auto told = questions().installation("pushed", *panel_range("24h"), now_);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  const auto overview = questions().overview(now_);
  EXPECT_EQ(to_line(overview["troubles"]).find("Watchdog"), std::string::npos);
  EXPECT_NE(to_line(overview["troubles"]).find("status 503"), std::string::npos);
}

TEST_F(OpsQuestionsTest, WhereOneAnswerIsBrokenNobodyIsSaidNotToBe) {
  prometheus_answers();
  client_.answers["http://prometheus/api/v1/label"] = {400, {}, ""};
  auto told = questions().installation("pushed", *panel_range("24h"), now_);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  prometheus_answers();
  client_.answers["http://prometheus/api/v1/query?"] = {200, {}, "no JSON"};
  told = questions().installation("pushed", *panel_range("24h"), now_);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().kind, ErrorKind::kUnavailable);
  client_.answers["http://prometheus/api/v1/alerts"] = {200, {}, "no JSON"};
  const auto overview = questions().overview(now_);
  EXPECT_EQ(to_line(overview["troubles"]).find("Watchdog"), std::string::npos);
}

TEST_F(OpsQuestionsTest, OneThatPushedAndIsSilentIsDownAndOneThatNeverDidIsUnknown) {
  prometheus_answers();
  client_.answers["http://prometheus/api/v1/label/installation/values?start=1788704000"] = {
      200, {}, R"({"status":"success","data":["gone"]})"};
  auto sources = OpsSources{"http://prometheus", "http://alertmanager", {target_}};
  sources.pushed = {{"5f0c", "gone"}, {"6f0c", "never"}};
  sources.retention = std::chrono::days(15);
  const auto told = OpsQuestions(sources, client_, {}).overview(now_)["installations"];
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[0]["name"], "gone");
  EXPECT_EQ(told[0]["health"], "down");
  EXPECT_EQ(told[0]["configured"], true);
  EXPECT_EQ(told[2]["name"], "never");
  EXPECT_EQ(told[2]["health"], "unknown");
}

TEST_F(OpsQuestionsTest, OneOfVeryManyHasItsPageAndTheOverviewCountsWhatItLeavesOut) {
  prometheus_answers();
  Json names = Json::array();
  for (std::size_t i = 0; i < kMaxToldInstallations; ++i) names.push_back(fmt::format("eu2-{}", i));
  client_.answers["http://prometheus/api/v1/label"] = {
      200, {}, to_line(Json{{"status", "success"}, {"data", names}})};
  const auto overview = questions().overview(now_);
  EXPECT_EQ(overview["installations"].size(), kMaxToldInstallations);
  EXPECT_EQ(overview["left_out"], 2);
  EXPECT_TRUE(questions().installation("collector", *panel_range("24h"), now_).ok());
}

TEST_F(OpsQuestionsTest, TheFirstMinuteOfADayHasNoRunsOfItsOwn) {
  prometheus_answers();
  client_.answers["http://prometheus/api/v1/query?query=%7B__name__%3D~%22sonar"] = {
      200,
      {},
      R"({"status":"success","data":{"result":[{"metric":{"__name__":"sonar_scan_success","scan":"a"},"value":[1,"1"]}]}})"};
  const auto asked_runs = [&](Instant at) {
    client_.asked.clear();
    (void)questions().overview(at);
    return std::ranges::count_if(client_.asked, [](const ClientRequest& request) {
      return request.url.find("query?query=sum%20by") != std::string::npos;
    });
  };
  const auto midnight = from_unix_millis(20'000 * std::int64_t{86'400'000});
  EXPECT_EQ(asked_runs(midnight + std::chrono::seconds(59)), 0);
  EXPECT_EQ(asked_runs(midnight + std::chrono::seconds(60)), 1);
}

TEST_F(OpsQuestionsTest, NobodyIsAskedThroughAProxy) {
  prometheus_answers();
  ASSERT_TRUE(questions().installation("eu1", *panel_range("24h"), now_).ok());
  for (const auto& request : client_.asked)
    EXPECT_EQ(request.proxy_use, ProxyUse::kNever) << request.url;
}

TEST_F(OpsQuestionsTest, TheAgentIsAskedForSonarWithThePasswordOfItsScrape) {
  prometheus_answers();
  client_.answers["https://eu1.test:9443/sonar"] = {200, {}, R"({"format":1,"targets":[]})"};
  target_.username = "operations";
  target_.password_file = folder_.path() / "password";
  ASSERT_TRUE(write_file(target_.password_file, " a kestrel\t\r\n\n").ok());
  const auto told = questions().installation("eu1", *panel_range("15d"), now_);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ((*told)["sonar"]["source"], "agent");
  EXPECT_EQ((*told)["range"], "15d");
  bool found = false;
  for (const auto& request : client_.asked) {
    const bool is_agent = request.url == "https://eu1.test:9443/sonar";
    EXPECT_EQ(!request.headers.empty(), is_agent) << request.url << " gets no password";
    if (!is_agent) continue;
    found = true;
    EXPECT_EQ(request.max_response_bytes, kMaxAgentSonarBytes);
    EXPECT_EQ(request.timeout, kAgentSonarTime);
    EXPECT_EQ(request.headers.front().value, "Basic " + to_base64("operations:a kestrel"));
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(to_line(*told).find("kestrel"), std::string::npos);
}

TEST_F(OpsQuestionsTest, AnAgentThatTellsNothingLeavesItToPrometheus) {
  prometheus_answers();
  client_.answers["https://eu1.test:9443/sonar"] = {404, {}, "Sonar does not run here"};
  const auto told = questions().installation("eu1", *panel_range("24h"), now_);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ((*told)["sonar"]["source"], "prometheus");
  // Rules that do not run are told, and nothing else.
  EXPECT_EQ((*told)["troubles"].size(), 1u);
}

TEST_F(OpsQuestionsTest, AnAgentThatCannotBeAskedForSonarIsTold) {
  prometheus_answers();
  client_.answers["https://eu1.test:9443/sonar"] = {401, {}, ""};
  auto told = questions().installation("eu1", *panel_range("24h"), now_);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ((*told)["sonar"]["source"], "prometheus");
  EXPECT_NE(to_line((*told)["troubles"])
                .find("Its agent tells nothing of Sonar: it answers with status 401."),
            std::string::npos);
  target_.username = "operations";
  target_.password_file = folder_.path() / "none";
  told = questions().installation("eu1", *panel_range("24h"), now_);
  ASSERT_TRUE(told.ok());
  EXPECT_NE(to_line((*told)["troubles"]).find("Its agent tells nothing of Sonar"),
            std::string::npos);
}

TEST_F(OpsQuestionsTest, AnAlertmanagerThatIsAwayIsTold) {
  prometheus_answers();
  client_.answers["http://alertmanager"] = {500, {}, ""};
  const auto told = questions().overview(now_);
  EXPECT_NE(to_line(told["troubles"]).find("Alertmanager tells nothing"), std::string::npos);
}

TEST(SonarAddress, IsBesideTheMetrics) {
  EXPECT_EQ(sonar_address("https://a.test:9443/metrics"), "https://a.test:9443/sonar");
  EXPECT_EQ(sonar_address("https://a.test/x/metrics"), "https://a.test/x/sonar");
  EXPECT_EQ(sonar_address("https://a.test:9100/federate"), "");
  // As Prometheus asks it where there is no path.
  EXPECT_EQ(sonar_address("https://a.test:9443"), "https://a.test:9443/sonar");
  EXPECT_EQ(sonar_address("https://a.test:9443/"), "");
}

}  // namespace
}  // namespace candor
