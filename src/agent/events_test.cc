#include "agent/events.h"

#include "agent/agent_fixture.h"

namespace candor {
namespace {

constexpr std::string_view kWithEvents =
    "candor = 1\n[product]\nname = \"mesh\"\ncontact = \"c\"\nendpoint = "
    "\"https://collector.example.com\"\n"
    "[[collector]]\nkind = \"host\"\n"
    "[[channel]]\nname = \"usage\"\nabout = \"x\"\ndefault = true\nconfirmation = \"the "
    "customer\"\nfields = [{ path = \"cpu.count\", type = \"integer\", about = \"x\" }]\n"
    "[[channel.event]]\nname = \"pageview\"\nabout = \"x\"\nfields = [{ path = \"page\", type = "
    "\"string\", about = \"x\" }]\n";

class EventsTest : public AgentTest {
 protected:
  EventsTest() { contract(kWithEvents); }
  std::shared_ptr<const Agent> agent(Environment::Variables variables = {}) {
    return std::make_shared<const Agent>(open(std::move(variables)));
  }
  void agree() {
    ASSERT_TRUE(open().turn_on({.licence = "", .how = "test", .confirmed_by = "jo"}).ok());
  }
  EventHarvest harvest(const EventLeavePtr& leave) {
    auto passed = leave->sieve->pass("pageview", "v", {{"page", "/x"}}, clock_.now());
    EventHarvest made;
    made.events.push_back(*std::move(passed.event));
    made.leave = leave;
    return made;
  }
  std::size_t pending() {
    return Outbox(relay_of(StateFolder(paths_.state)), kEventFileLimits).pending()->size();
  }
  Result<std::string> keep(const EventHarvest& harvested) {
    return keep_events(relay_of(StateFolder(paths_.state)), harvested, clock_.now(),
                       [this](const auto& id) {
                         announced_ = id;
                         EXPECT_EQ(pending(), 0u);
                         return Status(Ok{});
                       });
  }
  Status relay(std::string_view lines) {
    configure(lines);
    const auto now = open();
    const auto options = relay_options(now.settings(), now.contract());
    return options.ok() ? Status(Ok{}) : Status(options.error());
  }

  std::string announced_;
};

TEST_F(EventsTest, NothingLeavesWithoutAYesThatWasConfirmed) {
  EXPECT_EQ(*event_leave(agent()), nullptr);
  agree();
  EXPECT_NE(*event_leave(agent()), nullptr);
  EXPECT_EQ(*event_leave(agent({{"DO_NOT_TRACK", "1"}})), nullptr);
  configure("channel_usage = false\n");
  EXPECT_EQ(*event_leave(agent()), nullptr);
  configure("");
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(*event_leave(agent()), nullptr);
  ASSERT_TRUE(open().turn_local().ok());
  EXPECT_EQ(*event_leave(agent()), nullptr);
}

TEST_F(EventsTest, KeptEventsArePostedAsTheyAre) {
  agree();
  const auto now = agent();
  const auto id = keep(harvest(*event_leave(now)));
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(*id, announced_);
  const auto bytes = *Outbox(relay_of(now->state())).read(*id);
  SendRequest request;
  request.limits = kEventFileLimits;
  const auto client = now->world().make_client();
  const auto sent = send_events(*now, *client, request);
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(sent->sent.sent, 1u);
  ASSERT_EQ(collector_.bodies.size(), 1u);
  EXPECT_EQ(collector_.bodies[0], bytes);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(EventsTest, TheKeyIsAskedForOnceAndAfterAFailure) {
  agree();
  const auto now = agent();
  const auto client = now->world().make_client();
  const auto asked = [&](int tries) {
    EXPECT_TRUE(keep(harvest(*event_leave(now))).ok());
    clock_.advance(Millis(1'000));
    const auto before = collector_.key_asked;
    SendRequest request;
    request.tries = tries;
    request.limits = kEventFileLimits;
    EXPECT_EQ(send_events(*now, *client, request)->sent.sent, 1u);
    return collector_.key_asked - before;
  };
  EXPECT_EQ(asked(0), 0);  // pinned by `on`
  EXPECT_EQ(asked(1), 1);
  ASSERT_TRUE(relay_of(now->state()).remove("collector-key").ok());
  ASSERT_TRUE(now->state().remove("collector-key").ok());
  EXPECT_EQ(asked(0), 1);
}

TEST_F(EventsTest, WhatACollectorHasNoContractOfYetIsKept) {
  agree();
  const auto now = agent();
  const auto client = now->world().make_client();
  ASSERT_TRUE(keep(harvest(*event_leave(now))).ok());
  collector_.status = 409;
  collector_.reason = "unknown_contract";
  SendRequest request;
  request.limits = kEventFileLimits;
  const auto sent = send_events(*now, *client, request);
  ASSERT_TRUE(sent.ok() && sent->sent.error);
  EXPECT_EQ(sent->sent.error->kind, ErrorKind::kConfiguration);
  EXPECT_EQ(sent->sent.refused, 0u);
  EXPECT_EQ(pending(), 1u);
  collector_.reason = "contract_mismatch";
  EXPECT_EQ(send_events(*now, *client, request)->sent.refused, 1u);
  EXPECT_EQ(pending(), 0u);
}

TEST_F(EventsTest, ARelaySwitchedOffByTheConfigurationLeavesNothingAndCountsIt) {
  agree();
  const auto now = agent();
  const auto relay = relay_of(now->state());
  EXPECT_TRUE(close_relay(now->state(), clock_.now()).ok());
  EXPECT_FALSE(relay.has("counts.json"));  // none ever ran
  ASSERT_TRUE(keep(harvest(*event_leave(now))).ok());
  EXPECT_TRUE(close_relay(now->state(), clock_.now()).ok());
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(read_relay_counts(relay)->dropped.at("off"), 1u);
}

TEST_F(EventsTest, AnotherDecisionMeanwhileKeepsThemHome) {
  agree();
  const auto leave = *event_leave(agent());
  const auto harvested = harvest(leave);
  ASSERT_TRUE(open().turn_off().ok());
  const auto kept = keep(harvested);
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().kind, ErrorKind::kOff);
  EXPECT_EQ(pending(), 0u);
  clock_.advance(Millis(1'000));
  agree();  // the later yes is not for them
  EXPECT_FALSE(keep(harvested).ok());
}

TEST_F(EventsTest, WhatIsNotKeptDoesNotLieThere) {
  agree();
  const auto now = agent();
  const auto harvested = harvest(*event_leave(now));
  const StateFolder relay = relay_of(now->state());
  ASSERT_TRUE(relay.make().ok());
  ASSERT_TRUE(
      relay.write("sent", "no folder").ok());  // where it tidies up once the file lies there
  EXPECT_FALSE(keep(harvested).ok());
  EXPECT_FALSE(announced_.empty());
  EXPECT_EQ(pending(), 0u);
}

TEST_F(EventsTest, OffDropsWhatIsPendingAndSoDoesAChannel) {
  agree();
  const auto now = agent();
  ASSERT_TRUE(keep(harvest(*event_leave(now))).ok());
  EXPECT_TRUE(drop_unwanted_events(*now).ok());
  EXPECT_EQ(pending(), 1u);
  configure("channel_usage = false\n");
  EXPECT_TRUE(drop_unwanted_events(*agent()).ok());
  EXPECT_EQ(pending(), 0u);
  configure("");
  ASSERT_TRUE(keep(harvest(*event_leave(now))).ok());
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(pending(), 0u);
}

TEST_F(EventsTest, TheRelayListensHereUnlessTold) {
  EXPECT_TRUE(relay("relay_listen = \"0.0.0.0:1\"\n").ok());  // not switched on
  const std::string on = "activatePlausibleTracking = true\n";
  EXPECT_TRUE(relay(on).ok());
  EXPECT_TRUE(relay(on + "relay_listen = \"[::1]:0\"\n").ok());
  for (const auto* listen : {"0.0.0.0:9480", "192.0.2.1:80", "nothing", "unix:/run/x", ":80"})
    EXPECT_EQ(relay(on + "relay_listen = \"" + listen + "\"\n").error().kind,
              ErrorKind::kConfiguration)
        << listen;
  EXPECT_TRUE(relay(on + "relay_listen = \"0.0.0.0:9480\"\ninsecure = true\n").ok());
}

TEST_F(EventsTest, AnEndpointOfSegmentTakesNoEvents) {
  const std::string on = "activatePlausibleTracking = true\nwire = \"segment\"\n";
  EXPECT_EQ(relay(on).error().kind, ErrorKind::kConfiguration);
  EXPECT_TRUE(relay(on + "relay_domain = \"d\"\nrelay_target = \"https://p.example\"\n").ok());
}

TEST_F(EventsTest, ATargetNeedsHttpsAndADomain) {
  const std::string on = "activatePlausibleTracking = true\nrelay_domain = \"d\"\n";
  EXPECT_TRUE(relay(on + "relay_target = \"https://plausible.example.com\"\n").ok());
  EXPECT_FALSE(relay(on + "relay_target = \"http://plausible.example.com\"\n").ok());
  EXPECT_FALSE(relay(on + "relay_target = \"rubbish\"\n").ok());
  EXPECT_FALSE(relay("activatePlausibleTracking = true\nrelay_target = \"https://p\"\n").ok());
}

}  // namespace
}  // namespace candor
