// The bundle of insights, against a collector that is a function.
#include "agent/insights.h"

#include "agent/agent_fixture.h"
#include "agent/insights_upkeep.h"
#include "agent/limits.h"

namespace candor {
namespace {

class InsightsTest : public AgentTest {
 protected:
  InsightsTest() {
    std::string text(kMesh);
    text.replace(text.find("contact"), 0, "accepts = [\"native\"]\n");
    contract(text + "[[collector]]\nkind = \"crashes\"\n");
    bundle_ = {"mesh", "2026-11-21T06:00:00Z", 14, {}, {}};
    bundle_.plugins = {plugin("tap-x", "1", kFailing), plugin("tap-x", "2", kHealthy)};
    collector_.answer_to_get = [this](const ClientRequest& request) {
      asked_.push_back(request);
      return answer_;
    };
    serve();
  }
  static PluginInsight plugin(std::string name, std::string version, std::string_view verdict) {
    PluginInsight insight;
    insight.event = "plugin";
    insight.name = std::move(name);
    insight.version = std::move(version);
    insight.verdict = verdict;
    return insight;
  }
  void serve() { answer_ = ClientResponse{200, {}, insights_text(bundle_, collector_.key)}; }
  Agent open_on() {
    auto agent = open();
    EXPECT_TRUE(agent.turn_on({}).ok());
    return agent;
  }
  static std::string why(const Result<Fetched>& fetched) {
    return fetched.ok() ? "" : fetched.error().message;
  }

  InsightsBundle bundle_;
  Result<ClientResponse> answer_ = ClientResponse{};
  std::vector<ClientRequest> asked_;
};

TEST_F(InsightsTest, WhatTheCollectorSignedIsKeptForPeopleAndPrograms) {
  const auto agent = open_on();
  ASSERT_TRUE(fetch_insights(agent).ok());
  EXPECT_EQ(*agent.state().read("insights.json"), answer_->body);
  const auto kept = *kept_insights(agent);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->plugins.size(), 2u);
  const auto advice = *agent.state().read("library/advice");
  EXPECT_NE(advice.find("plugin\ttap-x\t1\tfailing"), std::string::npos);
  EXPECT_EQ(advice.find("tap-x\t2"), std::string::npos);
}

TEST_F(InsightsTest, TheQuestionIsTheSameForAll) {
  configure(
      "endpoint = \"https://somebody:secret@collector.example.com/prefix\"\n"
      "write_key_file = \"write-key\"\n");
  ASSERT_TRUE(write_file(folder_.path() / "write-key", "merlin\n").ok());
  const auto agent = open_on();
  ASSERT_TRUE(fetch_insights(agent).ok()) << why(fetch_insights(agent));
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].url,
            "https://collector.example.com/prefix/api/v1/products/mesh/insights.json");
  EXPECT_TRUE(asked_[0].headers.empty());
  EXPECT_TRUE(asked_[0].body.empty());
  ASSERT_TRUE(fetch_insights(agent).ok());
  ASSERT_EQ(asked_[1].headers.size(), 1u);
  EXPECT_EQ(asked_[1].headers[0].name, "If-None-Match");
  EXPECT_EQ(asked_[1].headers[0].value, '"' + sha256_hex(answer_->body).substr(0, 32) + '"');
}

TEST_F(InsightsTest, OneThatIsStillTheSameIsNotFetchedAgain) {
  const auto agent = open_on();
  EXPECT_EQ(*fetch_insights(agent), Fetched::kNew);
  EXPECT_EQ(*fetch_insights(agent), Fetched::kSame);
  answer_ = ClientResponse{304, {}, ""};
  EXPECT_EQ(*fetch_insights(agent), Fetched::kSame);
  EXPECT_TRUE(*kept_insights(agent));
}

TEST_F(InsightsTest, WhatIsNotToBeBelievedIsRefusedAndTheOldStays) {
  const auto agent = open_on();
  ASSERT_TRUE(fetch_insights(agent).ok());
  const auto kept = *agent.state().read("insights.json");
  const auto refused = [&](const std::string& body, std::string_view sentence) {
    answer_ = ClientResponse{200, {}, body};
    const auto fetched = fetch_insights(agent);
    EXPECT_NE(why(fetched).find(sentence), std::string::npos) << why(fetched);
    EXPECT_EQ(*agent.state().read("insights.json"), kept);
  };
  refused(insights_text(bundle_, SigningKey::generate()), "another key");
  refused("{}", "no bundle");
  auto other = bundle_;
  other.product = "acme";
  refused(insights_text(other, collector_.key), "another product");
  other = bundle_;
  other.made = "2026-11-21T05:59:59Z";
  refused(insights_text(other, collector_.key), "before the ones that are kept");
  other.made = "2026-11-22T07:00:01Z";
  refused(insights_text(other, collector_.key), "has not come yet");
  other.made = "soon";
  refused(insights_text(other, collector_.key), "do not say when");
  auto altered = kept;
  altered.replace(altered.find("failing"), 7, "healthy");
  refused(altered, "signature");
}

TEST_F(InsightsTest, WhatIsKeptIsVerifiedEachTime) {
  const auto agent = open_on();
  ASSERT_TRUE(fetch_insights(agent).ok());
  auto bytes = *agent.state().read("insights.json");
  bytes.replace(bytes.find("failing"), 7, "healthy");
  ASSERT_TRUE(agent.state().write("insights.json", bytes).ok());
  EXPECT_EQ(kept_insights(agent).error().kind, ErrorKind::kGeneral);
  // And what cannot be believed keeps nothing new away.
  bundle_.made = "2026-11-20T00:00:00Z";
  serve();
  EXPECT_TRUE(fetch_insights(agent).ok());
}

TEST_F(InsightsTest, ACollectorThatHasNoneSaysSo) {
  const auto agent = open_on();
  answer_ = ClientResponse{404, {}, R"({"error":{"message":"There is no such product."}})"};
  const auto fetched = fetch_insights(agent);
  EXPECT_EQ(fetched.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(why(fetched), "The collector answered 404: There is no such product.");
  EXPECT_FALSE(*kept_insights(agent));
  answer_ = ClientResponse{304, {}, ""};  // of what nobody has
  EXPECT_FALSE(fetch_insights(agent).ok());
}

TEST_F(InsightsTest, NobodyIsAskedUnlessTelemetryIsOn) {
  const auto never = open();
  EXPECT_EQ(fetch_insights(never).error().kind, ErrorKind::kOff);
  EXPECT_EQ(check_insights(never, 0.5).error().kind, ErrorKind::kOff);
  EXPECT_FALSE(anything_written());
  const auto agent = open_on();
  ASSERT_TRUE(agent.turn_local().ok());
  EXPECT_EQ(fetch_insights(agent).error().kind, ErrorKind::kOff);
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_EQ(fetch_insights(open({{"DO_NOT_TRACK", "1"}})).error().kind, ErrorKind::kForbidden);
  EXPECT_TRUE(asked_.empty());
  contract(kMesh);
  EXPECT_EQ(fetch_insights(open()).error().kind, ErrorKind::kNothing);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(InsightsTest, WithoutAKeyNothingIsAsked) {
  const auto agent = open_on();
  ASSERT_TRUE(agent.state().remove("collector-key").ok());
  EXPECT_EQ(fetch_insights(agent).error().kind, ErrorKind::kTryAgain);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(InsightsTest, AnOffMeanwhileKeepsNothing) {
  const auto agent = open_on();
  collector_.answer_to_get = [&](const ClientRequest&) {
    EXPECT_TRUE(agent.turn_off().ok());
    return answer_;
  };
  EXPECT_EQ(check_insights(agent, 0.5).error().kind, ErrorKind::kTryAgain);
  EXPECT_FALSE(agent.state().has("insights.json"));
  EXPECT_FALSE(agent.state().has("library/advice"));
}

TEST_F(InsightsTest, AnOffTakesAwayWhatProgramsWereToldAndAForgetTheRest) {
  const auto agent = open_on();
  ASSERT_TRUE(check_insights(agent, 0.5).ok());
  const std::vector<Sighting> seen = {{"plugin", "tap-x", "1", clock_.now(), "failed"}};
  ASSERT_TRUE(add_seen(agent.state(), seen).ok());
  EXPECT_EQ(look_at_home(agent)->plugins.size(), 1u);
  ASSERT_TRUE(agent.turn_off().ok());
  EXPECT_FALSE(agent.state().has("library/advice"));
  EXPECT_FALSE(agent.state().has("library/seen.json"));
  EXPECT_TRUE(*kept_insights(agent)) << "what everybody may read";
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(tell_programs_advice(agent).ok());
  EXPECT_TRUE(agent.state().has("library/advice"));
  ForgetRequest request;
  request.only_here = true;
  ASSERT_TRUE(agent.forget(request).ok());
  EXPECT_FALSE(agent.state().has("insights.json"));
  EXPECT_FALSE(agent.state().has("insights-check.json"));
}

TEST_F(InsightsTest, CrashesHereAreTheAgentsOwnAndThoseOfPrograms) {
  const auto record =
      R"({"candor_crash":1,"id":"3f0e8a7fd1f34b0b9a0c2c6f7a9be001","program":"acme",)"
      R"("version":"1.3.0","signal":"SIGSEGV","time":"2026-11-20T07:00:00Z",)"
      R"("architecture":"x86_64","frames":[{"module":"acme","build_id":"ab","offset":"0x1"}]})";
  const auto agent = open_on();
  ASSERT_TRUE(agent.state().make("crashes").ok());
  ASSERT_TRUE(agent.state().write("crashes/one.json", record).ok());
  const auto sight = look_at_home(agent);
  ASSERT_EQ(sight->crashes.size(), 1u);
  bundle_.crashes = {{sight->crashes[0].signature, "2026-11-01", "1.4.0"}};
  EXPECT_EQ(match(bundle_, sight->plugins, sight->crashes).crashes.size(), 1u);
}

TEST(InsightsCheckMoments, AreADayApartOrAnHourAndNeverTogether) {
  const Instant now{};
  using std::chrono::minutes;
  EXPECT_EQ(next_insights_check(CheckEnd::kDone, now, 0), now + std::chrono::hours(18));
  EXPECT_EQ(next_insights_check(CheckEnd::kDone, now, 1), now + std::chrono::hours(30));
  EXPECT_EQ(next_insights_check(CheckEnd::kFailed, now, 0), now + minutes(45));
  EXPECT_EQ(next_insights_check(CheckEnd::kFailed, now, 1), now + minutes(75));
  EXPECT_TRUE(is_check_due({}, now));
  InsightsCheck check;
  check.checked_at = now;
  EXPECT_FALSE(is_check_due(check, now + std::chrono::hours(23)));
  EXPECT_TRUE(is_check_due(check, now + std::chrono::hours(24)));
  EXPECT_TRUE(is_check_due(check, now - minutes(1))) << "the clock was set back";
}

TEST_F(InsightsTest, TheServiceAsksAtItsMoment) {
  const auto agent = open_on();
  InsightsUpkeep upkeep;
  const auto first = upkeep.tend(agent, 0.5);
  EXPECT_EQ(first, clock_.now() + kInsightsRetry);
  EXPECT_TRUE(asked_.empty());
  clock_.set(*first - std::chrono::seconds(1));
  EXPECT_EQ(upkeep.tend(agent, 0.1), first) << "the moment is kept";
  clock_.set(*first);
  EXPECT_EQ(upkeep.tend(agent, 0.5), clock_.now() + kInsightsInterval);
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(last_insights_check(agent.state()).checked_at, clock_.now());
  // A failure is told, kept, and tried again sooner.
  clock_.advance(kInsightsInterval);
  answer_ = Error{ErrorKind::kUnavailable, "nobody there"};
  EXPECT_EQ(upkeep.tend(agent, 0.5), clock_.now() + kInsightsRetry);
  EXPECT_EQ(last_insights_check(agent.state()).problem, "nobody there");
  EXPECT_EQ(last_insights_check(agent.state()).checked_at, clock_.now() - kInsightsInterval);
  // A moment that is far away is from before the clock was set back.
  clock_.set(*first - std::chrono::hours(100));
  EXPECT_EQ(upkeep.tend(agent, 0.5), clock_.now() + kInsightsRetry);
}

TEST_F(InsightsTest, AServiceThatIsOffMakesNothing) {
  EXPECT_EQ(InsightsUpkeep().tend(open(), 0.5), std::nullopt);
  EXPECT_FALSE(anything_written());
  const auto agent = open_on();
  ASSERT_TRUE(agent.turn_off().ok());
  EXPECT_EQ(InsightsUpkeep().tend(agent, 0.5), std::nullopt);
  EXPECT_FALSE(agent.state().has("insights-check.json"));
}

}  // namespace
}  // namespace candor
