#include "agent/push_upkeep.h"

#include "agent/agent_fixture.h"
#include "agent/events.h"
#include "agent/outbox/last_failure.h"
#include "agent/send/push_message.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"toml(candor = 1
[product]
name = "mesh"
contact = "c"
accepts = ["native", "prometheus"]
endpoint = "https://collector.example.com"
[[channel]]
name = "monitoring"
about = "x"
default = true
confirmation = "the customer"
[[channel.metric]]
name = "node_time_seconds"
type = "gauge"
keyed = ["cluster"]
installation = "cluster"
about = "x"
)toml";

class UpkeepOfPushes : public AgentTest {
 protected:
  UpkeepOfPushes() {
    contract(kContract);
    agree();
  }
  void agree() {
    EXPECT_TRUE(open().turn_on({.licence = "", .how = "test", .confirmed_by = "jo"}).ok());
  }
  StateFolder row() { return metrics_of(StateFolder(paths_.state)); }
  Outbox outbox() { return Outbox(row_, kMetricFileLimits); }
  std::size_t pending() { return outbox().pending()->size(); }
  // In how many seconds it wants to be called again.
  std::optional<std::int64_t> work() {
    const auto agent = open();
    const auto readings = *Readings::of(agent, {});
    const auto again = upkeep_.work(agent, *readings);
    return again ? std::optional((*again - clock_.now()).count() / 1000) : std::nullopt;
  }

  const StateFolder row_ = metrics_of(StateFolder(paths_.state));
  PushUpkeep upkeep_;
};

TEST_F(UpkeepOfPushes, WhatIsSealedIsWhatIsPosted) {
  EXPECT_EQ(work(), 60);
  ASSERT_EQ(collector_.pushed.size(), 1u);
  EXPECT_EQ(pending(), 0u);
  const auto id = outbox().last_sent();
  ASSERT_TRUE(id.ok() && *id);
  EXPECT_EQ((*id)->status, "sent");
  const auto& request = collector_.pushed.front();
  EXPECT_EQ(request.url, "https://collector.example.com/p/mesh/api/v1/write");
  const auto kept = *outbox().read_kept((*id)->id);
  EXPECT_EQ(request.body, *push_message(kept));
  EXPECT_EQ(count_samples(kept), 1u);
  EXPECT_EQ(collector_.key_asked, 1) << "by the yes, and not by a push: it signs nothing";
}

TEST_F(UpkeepOfPushes, EachIntervalHasAFileOfItsOwn) {
  configure("[monitor]\npush_interval = 15\n");
  EXPECT_EQ(work(), 15);
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(work(), 5);
  EXPECT_EQ(collector_.pushed.size(), 1u);
  clock_.advance(std::chrono::seconds(6));
  EXPECT_EQ(work(), 14) << "it keeps its step";
  EXPECT_EQ(collector_.pushed.size(), 2u);
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(work(), 15);
  EXPECT_EQ(collector_.pushed.size(), 3u) << "what was slept through is not made up for";
}

TEST_F(UpkeepOfPushes, WhatCannotBeSentWaitsAndGoesInItsOrder) {
  collector_.status = 503;
  work();
  EXPECT_EQ(pending(), 1u);
  EXPECT_TRUE(last_failure(row()));
  clock_.advance(std::chrono::minutes(1));
  work();
  EXPECT_EQ(pending(), 2u);
  collector_.status = 200;
  clock_.advance(std::chrono::minutes(2));
  const auto before = collector_.pushed.size();
  work();
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(collector_.pushed.size(), before + 3);
  EXPECT_EQ(collector_.pushed[before].body, collector_.pushed.front().body) << "the same again";
  EXPECT_FALSE(last_failure(row()));
}

TEST_F(UpkeepOfPushes, WhatIsRefusedIsKeptAndNotSentAgain) {
  collector_.status = 400;
  work();
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(*outbox().refused(), 1u);
  EXPECT_NE(last_failure(row())->problem.find("answered 400: Not like this."), std::string::npos);
}

TEST_F(UpkeepOfPushes, ADayWaitsAndTheOldestGo) {
  collector_.status = 503;
  work();
  clock_.advance(kMaxPendingMetricAge + std::chrono::minutes(5));
  work();
  EXPECT_EQ(pending(), 1u);
  EXPECT_EQ(*outbox().lost(), 1u);
}

TEST_F(UpkeepOfPushes, AnOffDropsWhatWaitsAndNothingIsMade) {
  collector_.status = 503;
  work();
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(work(), std::nullopt);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(UpkeepOfPushes, AnOffMeanwhileStopsWhatIsOnItsWay) {
  collector_.before_answer = [this] { ASSERT_TRUE(open().turn_off().ok()); };
  work();
  EXPECT_EQ(pending(), 0u);
  EXPECT_FALSE(*outbox().last_sent());
}

TEST_F(UpkeepOfPushes, AChannelThatIsOffSendsNothingAndDropsWhatWaits) {
  collector_.status = 503;
  work();
  configure("channel_monitoring = false\n");
  EXPECT_FALSE(has_metrics_to_push(open()));
  EXPECT_EQ(work(), std::nullopt);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(UpkeepOfPushes, WhatMayNotLeaveGrowsTooOldAllTheSame) {
  collector_.status = 503;
  work();
  // Agreed to as it was, and the newer contract takes nothing any more.
  std::string text(kContract);
  text.replace(text.find(", \"prometheus\""), 14, "");
  contract(text);
  clock_.advance(kMaxPendingMetricAge + std::chrono::minutes(5));
  work();
  EXPECT_EQ(pending(), 0u);
}

TEST_F(UpkeepOfPushes, ATroubleWithTheDecisionIsLookedAtAgainSoon) {
  const auto consent = *StateFolder(paths_.state).read("consent.json");
  ASSERT_TRUE(StateFolder(paths_.state).write("consent.json", "?").ok());
  EXPECT_EQ(work(), 10);
  EXPECT_TRUE(collector_.pushed.empty());
  ASSERT_TRUE(StateFolder(paths_.state).write("consent.json", consent).ok());
  EXPECT_EQ(work(), 60);
  EXPECT_EQ(collector_.pushed.size(), 1u);
}

TEST_F(UpkeepOfPushes, ToAnEndpointThatTakesNoMetricsNoneIsSealed) {
  ASSERT_TRUE(write_file(folder_.path() / "write-key", "w").ok());
  configure("wire = \"segment\"\nwrite_key_file = \"write-key\"\n");
  EXPECT_EQ(work(), 10);
  EXPECT_FALSE(row().has("outbox"));
}

TEST_F(UpkeepOfPushes, WithoutAConfirmationNothingLeaves) {
  ASSERT_TRUE(open().turn_off().ok());
  configure("channel_monitoring = false\n");
  ASSERT_TRUE(open().turn_on({.licence = "", .how = "test"}).ok());
  configure("channel_monitoring = true\n");
  EXPECT_EQ(work(), std::nullopt);
  EXPECT_TRUE(collector_.pushed.empty());
}

TEST_F(UpkeepOfPushes, WhatANewerContractAddsStaysHomeUntilItIsConfirmedToo) {
  contract(std::string(kContract) +
           "[[channel.metric]]\nname = \"node_load1\"\ntype = \"gauge\"\nabout = \"x\"\n");
  EXPECT_EQ(open().standing()->withheld, std::vector<std::string>{"node_load1"});
  work();
  EXPECT_EQ(count_samples(*outbox().read_kept((*outbox().last_sent())->id)), 1u);
  EXPECT_EQ(open().turn_on({.licence = "", .how = "test"}).error().kind, ErrorKind::kLicence);
  agree();
  clock_.advance(std::chrono::minutes(1));
  work();
  EXPECT_EQ(count_samples(*outbox().read_kept((*outbox().last_sent())->id)), 2u);
}

TEST_F(UpkeepOfPushes, NoIdGoesWithAMetricUntilThatIsAgreedTo) {
  const std::string named = "installation = \"cluster\"\n";
  std::string before(kContract);
  before.replace(before.find(named), named.size(), "");
  contract(before);
  agree();
  contract(kContract);
  EXPECT_EQ(open().standing()->withheld, std::vector<std::string>{"node_time_seconds{cluster}"});
  work();
  EXPECT_EQ(outbox().read_kept((*outbox().last_sent())->id)->find("\"cluster\""),
            std::string::npos);
  agree();
  clock_.advance(std::chrono::minutes(1));
  work();
  EXPECT_NE(outbox().read_kept((*outbox().last_sent())->id)->find("\"cluster\""),
            std::string::npos);
}

TEST_F(UpkeepOfPushes, OfAContractThatDoesNotAcceptRemoteWriteNothingIsPushed) {
  std::string text(kContract);
  text.replace(text.find(", \"prometheus\""), 14, "");
  contract(text);
  EXPECT_EQ(work(), std::nullopt);
  EXPECT_EQ(pending(), 0u);
  EXPECT_TRUE(collector_.pushed.empty());
}

TEST_F(UpkeepOfPushes, APreviewKeepsAndSendsNothing) {
  const auto agent = open();
  const auto readings = *Readings::of(agent, {}, Readings::For::kALook);
  const auto push = preview_push(agent, readings->read(std::chrono::seconds(1)), {"monitoring"},
                                 Agent::Fields::kAgreed);
  ASSERT_TRUE(push.ok() && push->document);
  EXPECT_EQ(push->counts.sealed, 1u);
  EXPECT_FALSE(row().has("outbox"));
}

}  // namespace
}  // namespace candor
