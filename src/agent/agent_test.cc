// The whole row, against a collector that is a function.
#include "agent/agent.h"

#include <algorithm>

#include "agent/agent_fixture.h"

namespace candor {
namespace {

TEST_F(AgentTest, WhatIsShownIsWhatIsSent) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  const auto shown = *agent.pending_or_seal();
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(agent.pending_or_seal()->bytes, shown.bytes);
  const auto summary = *agent.send({});
  EXPECT_EQ(summary.sent, 1u);
  ASSERT_EQ(collector_.bodies.size(), 1u);
  EXPECT_EQ(collector_.bodies[0], shown.bytes);
  EXPECT_EQ(*agent.state().read("sent/" + shown.id + ".json"), shown.bytes);
  // The next report is a new file.
  EXPECT_NE(agent.pending_or_seal()->id, shown.id);
}

TEST_F(AgentTest, LookingMakesNothing) {
  const auto agent = open();
  ASSERT_TRUE(agent.decision().ok());
  const auto shown = agent.preview(agent.channels(), Agent::Fields::kAgreed);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->identity, IdentityUse::kExample);
  EXPECT_EQ(agent.may_send("").error().kind, ErrorKind::kOff);
  EXPECT_FALSE(anything_written());
}

TEST_F(AgentTest, TheEnvironmentForbidsAndMakesNothing) {
  const auto agent = open({{"DO_NOT_TRACK", "1"}});
  EXPECT_EQ(agent.turn_on({}).error().kind, ErrorKind::kForbidden);
  EXPECT_FALSE(anything_written());
  ASSERT_TRUE(open().turn_on({}).ok());
  EXPECT_EQ(agent.may_send("").error().kind, ErrorKind::kForbidden);
  EXPECT_EQ(open({{"CANDOR_TELEMETRY", "local"}}).may_send("").error().kind, ErrorKind::kForbidden);
}

TEST_F(AgentTest, OnWorksWithoutTheCollector) {
  collector_.unreachable = Error{ErrorKind::kUnavailable, "no route"};
  const auto agent = open();
  const auto result = agent.turn_on({});
  ASSERT_TRUE(result.ok());
  EXPECT_FALSE(result->key_pinned);
  ASSERT_TRUE(agent.pending_or_seal().ok());
  auto summary = *agent.send({});
  EXPECT_EQ(summary.error->kind, ErrorKind::kTryAgain);
  EXPECT_TRUE(summary.retry_after);
  EXPECT_EQ(summary.left, 1u);
  collector_.unreachable.reset();
  EXPECT_EQ(agent.send({})->sent, 1u);
  EXPECT_EQ(**pinned_key(agent.state()), to_base64(collector_.key.public_key()));
}

TEST_F(AgentTest, AnotherKeyStopsEverythingBeforeAReportLeaves) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.key = SigningKey::generate();
  const auto summary = *agent.send({});
  EXPECT_EQ(summary.error->kind, ErrorKind::kGeneral);
  EXPECT_TRUE(collector_.bodies.empty());
  EXPECT_EQ(Outbox(agent.state()).pending()->size(), 1u);
}

TEST_F(AgentTest, AReceiptForOtherBytesIsNotBelieved) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.signed_sha256 = std::string(64, '0');
  EXPECT_EQ(agent.send({})->error->kind, ErrorKind::kGeneral);
  EXPECT_EQ(Outbox(agent.state()).pending()->size(), 1u);
}

TEST_F(AgentTest, AReceiptForAnotherContractIsNotBelieved) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.signed_contract = std::string(64, 'c');
  const auto summary = *agent.send({});
  EXPECT_EQ(summary.error->kind, ErrorKind::kGeneral);
  EXPECT_NE(summary.error->message.find("another version of the contract"), std::string::npos);
  EXPECT_EQ(Outbox(agent.state()).pending()->size(), 1u);
  EXPECT_TRUE(Outbox(agent.state()).log().entries()->empty());
}

TEST_F(AgentTest, WhoFindsAnotherOneSendingHasNothingToDo) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  const auto lock = FileLock::try_lock(agent.state().file("send.lock"));
  ASSERT_TRUE(lock.ok());
  const auto summary = *agent.send({});
  EXPECT_TRUE(summary.busy);
  EXPECT_EQ(summary.error->kind, ErrorKind::kTryAgain);
  EXPECT_TRUE(collector_.bodies.empty());
}

TEST_F(AgentTest, ARefusedReportIsKeptAndNotSentAgain) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.status = 409;
  const auto summary = *agent.send({});
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_EQ(summary.refusal, "The collector answered 409: Not like this.");
  EXPECT_FALSE(summary.error);
  EXPECT_EQ(agent.send({})->refused, 0u);
}

TEST_F(AgentTest, AWrongKeyOrAddressLeavesTheReportPending) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  for (const auto& [status, mend] :
       {std::pair{401, "wants a write key: candor config set write_key_file"},
        {403, "wants a write key: candor config set write_key_file"},
        {404, "does not take these reports: candor config set endpoint"},
        {405, "does not take these reports: candor config set endpoint"},
        {301, "does not take these reports: candor config set endpoint"}}) {
    collector_.status = status;
    const auto summary = *agent.send({3, 0.5});
    EXPECT_EQ(summary.refused, 0u) << status;
    EXPECT_EQ(summary.left, 1u) << status;
    ASSERT_TRUE(summary.error) << status;
    EXPECT_EQ(summary.error->kind, ErrorKind::kConfiguration);
    EXPECT_NE(summary.error->message.find(mend), std::string::npos) << summary.error->message;
    EXPECT_NE(summary.error->message.find("/v1/reports"), std::string::npos);
    EXPECT_GT(summary.retry_after.value_or(Millis(0)), Millis(0));
    EXPECT_TRUE(Outbox(agent.state()).log().entries()->empty());
  }
  collector_.status = 200;
  EXPECT_EQ(agent.send({})->sent, 1u);
}

TEST_F(AgentTest, OffStopsAnUploadAndDropsWhatIsPending) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.before_answer = [&] { ASSERT_TRUE(switch_off(agent.state(), clock_.now()).ok()); };
  const auto summary = *agent.send({});
  EXPECT_EQ(summary.sent, 0u);
  EXPECT_EQ(summary.left, 0u);
  EXPECT_EQ(summary.error->kind, ErrorKind::kOff);
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
  EXPECT_EQ(agent.seal_now().error().kind, ErrorKind::kOff);
  EXPECT_FALSE(*agent.turn_off());
}

TEST_F(AgentTest, WhatWasSealedLocallyNeverLeaves) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_local().ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  EXPECT_EQ(agent.may_send("").error().kind, ErrorKind::kOff);
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
}

TEST_F(AgentTest, LocalByTheEnvironmentQueuesNothing) {
  ASSERT_TRUE(open().turn_on({}).ok());
  const auto agent = open({{"CANDOR_TELEMETRY", "local"}});
  EXPECT_EQ(agent.pending_or_seal().error().kind, ErrorKind::kOff);
  EXPECT_EQ(agent.upkeep_view()->mode, Mode::kOff);
  EXPECT_TRUE(agent.preview(agent.channels(), Agent::Fields::kAgreed).ok());
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
}

TEST_F(AgentTest, IdentityOutlivesAnOff) {
  const auto agent = open();
  const auto first = agent.turn_on({})->identity.installation;
  ASSERT_TRUE(*agent.turn_off());
  EXPECT_EQ(agent.turn_on({})->identity.installation, first);
}

TEST_F(AgentTest, ALicenceHasToBeAgreedTo) {
  contract(
      std::string(kMesh) +
      "[product.licence]\nid = \"l-1\"\nname = \"Licence One\"\nurl = \"https://l.example.com\"\n");
  const auto agent = open();
  const auto refused = agent.turn_on({});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kLicence);
  EXPECT_EQ(refused.error().message,
            "Telemetry data is licensed under the Licence One (https://l.example.com).\n"
            "To enable, add '--license l-1' to the 'candor on' command.");
  EXPECT_EQ(agent.turn_on({"l-2", false, ""}).error().kind, ErrorKind::kLicence);
  EXPECT_EQ(agent.may_send("").error().kind, ErrorKind::kLicence);
  EXPECT_FALSE(anything_written());
  // Once, without switching anything on.
  EXPECT_EQ(agent.send_once("l-1")->sent, 1u);
  EXPECT_EQ(agent.decision()->mode, Mode::kOff);
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
  // What could not be sent for once is not kept.
  collector_.unreachable = Error{ErrorKind::kUnavailable, "no route"};
  const auto unsent = *agent.send_once("l-1");
  EXPECT_TRUE(unsent.error);
  EXPECT_EQ(unsent.left, 0u);
  ASSERT_TRUE(agent.turn_on({"l-1", false, ""}).ok());
}

TEST_F(AgentTest, FieldsOfANewerContractWait) {
  ASSERT_TRUE(open().turn_on({}).ok());
  auto newer = std::string(kMesh);
  newer.insert(newer.rfind(']'),
               "  { path = \"memory.bytes\", type = \"integer\", about = \"x\" },\n");
  contract(newer);
  auto agent = open();
  EXPECT_EQ(agent.pending_or_seal()->bytes.find("memory"), std::string::npos);
  ASSERT_TRUE(Outbox(agent.state()).drop_pending().ok());
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_NE(agent.pending_or_seal()->bytes.find("memory"), std::string::npos);
}

TEST_F(AgentTest, PlainHttpIsForThisMachineOnly) {
  configure("endpoint = \"http://collector.example.com\"\n");
  EXPECT_EQ(open().turn_on({}).error().kind, ErrorKind::kConfiguration);
  configure("endpoint = \"http://collector.example.com\"\ninsecure = true\n");
  EXPECT_TRUE(open().turn_on({}).ok());
  configure("endpoint = \"http://127.0.0.1:8080\"\n");
  EXPECT_TRUE(open().turn_on({}).ok());
}

TEST_F(AgentTest, AnUnknownChannelIsAnErrorThatNamesTheNearest) {
  configure("channel_hosts = true\n");
  EXPECT_THROW(open(), std::runtime_error);
  configure("channel_host = false\n");
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_EQ(agent.pending_or_seal().error().kind, ErrorKind::kNothing);
}

TEST_F(AgentTest, AChannelThatIsOffByNowTakesItsPendingReportsAlong) {
  ASSERT_TRUE(open().turn_on({}).ok());
  ASSERT_TRUE(open().pending_or_seal().ok());
  configure("channel_host = false\n");
  EXPECT_EQ(open().send({})->sent, 0u);
  EXPECT_TRUE(collector_.bodies.empty());
  EXPECT_EQ(open().pending_or_seal().error().kind, ErrorKind::kNothing);
}

TEST_F(AgentTest, AReportOfAnotherProductIsNotSentToThisOnesCollector) {
  ASSERT_TRUE(open().turn_on({}).ok());
  ASSERT_TRUE(open().pending_or_seal().ok());
  auto other = std::string(kMesh);
  other.replace(other.find("\"mesh\""), 6, "\"other\"");
  ASSERT_TRUE(write_file(folder_.path() / "contracts/other.toml", other).ok());
  ASSERT_TRUE(
      write_file(paths_.config_file, "product = \"other\"\ncontracts = \"contracts\"\n").ok());
  EXPECT_EQ(open().send({})->sent, 0u);
  EXPECT_TRUE(collector_.bodies.empty());
}

TEST_F(AgentTest, ADecisionDuringACollectionKeepsTheReportHome) {
  ASSERT_TRUE(open().turn_on({}).ok());
  // Says no when the agent looks at the clock, which it does after collecting.
  class NayClock final : public Clock {
   public:
    explicit NayClock(const Path& state) : state_(state) {}
    Instant now() const override {
      const auto now = system_clock().now();
      EXPECT_TRUE(switch_off(StateFolder(state_), now).ok());
      return now;
    }

   private:
    Path state_;
  };
  const NayClock clock(paths_.state);
  AgentWorld world;
  world.clock = &clock;
  const auto agent = Agent::open(paths_, std::move(world));
  ASSERT_TRUE(agent.ok());
  EXPECT_EQ(agent->seal_now().error().kind, ErrorKind::kOff);
  EXPECT_TRUE(Outbox(agent->state()).pending()->empty());
}

TEST_F(AgentTest, AClockThatIsSetBackMakesNoReportAfterReport) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  clock_.advance(-std::chrono::hours(30));
  EXPECT_FALSE(agent.upkeep_view()->last_sealed);
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(agent.seal_now().ok());
  EXPECT_EQ(agent.upkeep_view()->last_sealed, clock_.now());
}

TEST_F(AgentTest, ADamagedConsentIsReplacedByTheNextDecision) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.state().write("consent.json", "{").ok());
  EXPECT_EQ(agent.pending_or_seal().error().kind, ErrorKind::kBadData);
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_TRUE(agent.pending_or_seal().ok());
}

TEST_F(AgentTest, LocalMakesNoIdentityBeforeAReport) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_local().ok());
  EXPECT_FALSE(*read_identity(agent.state()));
  ASSERT_TRUE(agent.pending_or_seal().ok());
  EXPECT_TRUE(*read_identity(agent.state()));
}

TEST_F(AgentTest, OffIsNoErrorWhereNothingWasEverWritten) {
  const auto off = switch_off(StateFolder("/proc/candor-state"), clock_.now());
  ASSERT_TRUE(off.ok());
  EXPECT_FALSE(*off);
}

TEST_F(AgentTest, NoPasswordStandsInTheLog) {
  configure("endpoint = \"https://jo:secret@collector.example.com\"\n");
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  ASSERT_EQ(agent.send({})->sent, 1u);
  EXPECT_EQ(agent.state().read("sent/log.jsonl")->find("secret"), std::string::npos);
}

TEST_F(AgentTest, AnOnThatIsRefusedMakesNothing) {
  auto stone = std::string(kMesh);
  stone.replace(stone.find("\"mesh\""), 6, "\"stone\"");
  stone.replace(stone.find("\"host\""), 6, "\"ceph\"");
  ASSERT_TRUE(write_file(folder_.path() / "contracts/stone.toml", stone).ok());
  ASSERT_TRUE(
      write_file(paths_.config_file, "product = \"stone\"\ncontracts = \"contracts\"\n").ok());
  AgentWorld world;
  world.clock = &clock_;
  world.make_client = [this] { return std::make_unique<FakeClient>(collector_); };
  world.run = [](const ProcessOptions& process) -> Result<ProcessOutput> {
    ProcessOutput output;
    const auto& argv = process.argv;
    const bool asks = std::find(argv.begin(), argv.end(), "get") != argv.end();
    const bool mark = std::find(argv.begin(), argv.end(), "candor/identity") != argv.end();
    if (asks && mark) output.out = R"({"format":1,"agent":"another"})";
    if (asks && !mark) output.exit_status = 2;  // the cluster has no identity of its own
    return output;
  };
  const auto agent = Agent::open(paths_, std::move(world));
  ASSERT_TRUE(agent.ok());
  EXPECT_EQ(agent->turn_on({}).error().kind, ErrorKind::kGeneral);
  EXPECT_FALSE(anything_written());
  EXPECT_TRUE(agent->turn_on({"", true, ""}).ok());
}

TEST_F(AgentTest, AutomationIsMarked) {
  const auto agent = open({{"CI", "true"}});
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_NE(agent.pending_or_seal()->bytes.find("\"automation\": true"), std::string::npos);
}

}  // namespace
}  // namespace candor
