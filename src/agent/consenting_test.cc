// What the operator says and is told: confirmations, notices, agreeing again.
#include <algorithm>

#include "agent/agent_fixture.h"
#include "agent/seal/limits.h"

namespace candor {
namespace {

std::string with_usage() {
  return std::string(kMesh) +
         "[[channel]]\nname = \"usage\"\nabout = \"x\"\nconfirmation = \"the customer\"\nfields = "
         "[\n  { path = \"virtualization\", type = \"string\", about = \"x\" },\n]\n";
}

std::string opt_out(std::string_view more = "") {
  std::string text(kMesh);
  text.insert(text.find("[[collector]]"), "consent = \"opt-out\"\n");
  text.insert(text.rfind(']'), more);
  return text;
}

constexpr std::string_view kMemory =
    "  { path = \"memory.bytes\", type = \"integer\", about = \"x\" },\n";

class ConsentingTest : public AgentTest {
 protected:
  Consent kept() { return **open().consent(); }
};

TEST_F(ConsentingTest, AgreeingAgainToTheSameBeginsNothingAnew) {
  ASSERT_TRUE(open().turn_on({}).ok());
  const auto first = kept();
  clock_.advance(std::chrono::hours(5));
  EXPECT_TRUE(open().turn_on({})->was_on);
  EXPECT_EQ(kept().given_at, first.given_at);
  auto newer = std::string(kMesh);
  newer.insert(newer.rfind(']'), kMemory);
  contract(newer);
  EXPECT_EQ(open().standing()->withheld, std::vector<std::string>{"memory.bytes"});
  ASSERT_TRUE(open().turn_on({}).ok());
  EXPECT_EQ(kept().given_at, clock_.now());
  EXPECT_FALSE(open().standing()->is_pending());
}

TEST_F(ConsentingTest, AChannelThatSomebodyHasToConfirmNeedsAName) {
  contract(with_usage());
  // It is off: nobody has to be asked.
  ASSERT_TRUE(open().turn_on({}).ok());
  ASSERT_TRUE(*open().turn_off());
  configure("channel_usage = true\n");
  const auto refused = open().turn_on({});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kLicence);
  EXPECT_NE(refused.error().message.find("--confirmed-by"), std::string::npos);
  EXPECT_NE(refused.error().message.find("the customer"), std::string::npos);
  EXPECT_EQ(open().decision()->mode, Mode::kOff);
  OnRequest request;
  request.confirmed_by = "A. Smith, ACME";
  ASSERT_TRUE(open().turn_on(request).ok());
  EXPECT_EQ(kept().confirmed_by.at("usage"), "A. Smith, ACME");
  EXPECT_NE(open().pending_or_seal()->bytes.find("virtualization"), std::string::npos);
  // Who was asked once need not be asked for the same again.
  EXPECT_TRUE(open().turn_on({}).ok());
  EXPECT_EQ(kept().confirmed_by.at("usage"), "A. Smith, ACME");
}

TEST_F(ConsentingTest, AChannelSwitchedOnWithoutConfirmationStaysHomeUntilItIsGiven) {
  contract(with_usage());
  ASSERT_TRUE(open().turn_on({}).ok());
  configure("channel_usage = true\n");
  const auto agent = open();
  EXPECT_EQ(agent.standing()->unconfirmed, std::vector<std::string>{"usage"});
  EXPECT_TRUE(agent.standing()->is_pending());
  const auto without = agent.pending_or_seal()->bytes;
  EXPECT_EQ(without.find("virtualization"), std::string::npos);
  EXPECT_EQ(without.find("\"usage\""), std::string::npos);
  EXPECT_TRUE(*agent.confirm("usage", "Jo"));
  EXPECT_FALSE(agent.standing()->is_pending());
  EXPECT_NE(agent.seal_now()->bytes.find("virtualization"), std::string::npos);
  // An off takes the confirmation with it.
  ASSERT_TRUE(*agent.turn_off());
  EXPECT_TRUE(kept().confirmed_by.empty());
  EXPECT_FALSE(*agent.confirm("usage", "Jo"));
}

TEST_F(ConsentingTest, WhatAConfirmedChannelAddsHasToBeConfirmedAnew) {
  contract(with_usage());
  configure("channel_usage = true\n");
  OnRequest request;
  request.confirmed_by = "Jo";
  ASSERT_TRUE(open().turn_on(request).ok());
  auto newer = with_usage();
  newer.insert(newer.rfind(']'), kMemory);
  contract(newer);
  EXPECT_EQ(open().turn_on({}).error().kind, ErrorKind::kLicence);
  EXPECT_TRUE(open().turn_on(request).ok());
}

TEST_F(ConsentingTest, ANoticeGivesADayToRefuse) {
  contract(opt_out());
  const auto notice = open().give_notice();
  ASSERT_TRUE(notice.ok() && *notice);
  for (const char* part : {"2026-11-22T07:00:00Z", "https://collector.example.com", "candor off",
                           "candor on", "candor show", "400 days"})
    EXPECT_NE((*notice)->find(part), std::string::npos) << part;
  EXPECT_EQ(kept().how, kByNotice);
  EXPECT_FALSE(*open().give_notice()) << "nobody is told twice";
  clock_.advance(kGrace - Millis(1));
  EXPECT_EQ(open().decision()->mode, Mode::kOff);
  EXPECT_EQ(open().upkeep_view()->starts_at, kept().starts_at);
  EXPECT_EQ(open().pending_or_seal().error().kind, ErrorKind::kOff);
  EXPECT_EQ(open().may_send("").error().kind, ErrorKind::kOff);
  EXPECT_FALSE(*read_identity(open().state()));
  clock_.advance(Millis(1));
  EXPECT_EQ(open().decision()->mode, Mode::kOn);
  ASSERT_TRUE(open().pending_or_seal().ok());
  EXPECT_EQ(open().send({})->sent, 1u);
}

TEST_F(ConsentingTest, ARefusalIsForGood) {
  contract(opt_out());
  ASSERT_TRUE(*open().give_notice());
  ASSERT_TRUE(*open().turn_off());
  clock_.advance(2 * kGrace);
  EXPECT_FALSE(*open().give_notice());
  contract(opt_out(kMemory));
  EXPECT_FALSE(*open().give_notice());
  EXPECT_EQ(open().decision()->mode, Mode::kOff);
}

TEST_F(ConsentingTest, AnOffBeforeAnyNoticeIsARefusalToo) {
  contract(opt_out());
  EXPECT_FALSE(*open().turn_off());
  EXPECT_FALSE(*open().give_notice());
}

TEST_F(ConsentingTest, OnBeginsAtOnce) {
  contract(opt_out());
  ASSERT_TRUE(*open().give_notice());
  EXPECT_FALSE(open().turn_on({})->was_on);
  EXPECT_EQ(open().decision()->mode, Mode::kOn);
  EXPECT_FALSE(kept().starts_at);
}

TEST_F(ConsentingTest, NoNoticeWhereSomebodyForbidsOrNobodyReads) {
  contract(opt_out());
  for (const auto& variables :
       {Environment::Variables{{"DO_NOT_TRACK", "1"}},
        Environment::Variables{{"CANDOR_TELEMETRY", "off"}},
        Environment::Variables{{"CANDOR_TELEMETRY", "local"}},
        Environment::Variables{{"CANDOR_POLICY", "/nonexistent/policy.toml"}},
        Environment::Variables{{"CI", "true"}}})
    EXPECT_FALSE(*open(variables).give_notice());
  EXPECT_FALSE(anything_written());
  contract(kMesh);
  EXPECT_FALSE(*open().give_notice()) << "an opt-in product has none";
  EXPECT_FALSE(anything_written());
}

TEST_F(ConsentingTest, WhatANewerContractAddsHasItsOwnDay) {
  contract(opt_out());
  ASSERT_TRUE(*open().give_notice());
  clock_.advance(2 * kGrace);
  contract(opt_out(kMemory));
  const auto notice = *open().give_notice();
  ASSERT_TRUE(notice);
  EXPECT_NE(notice->find("memory.bytes"), std::string::npos);
  EXPECT_FALSE(*open().give_notice());
  EXPECT_EQ(open().decision()->mode, Mode::kOn) << "what was announced before goes on";
  EXPECT_EQ(open().seal_now()->bytes.find("memory"), std::string::npos);
  EXPECT_EQ(open().standing()->starts_at, clock_.now() + kGrace);
  clock_.advance(kGrace);
  EXPECT_NE(open().seal_now()->bytes.find("memory"), std::string::npos);
  EXPECT_FALSE(open().standing()->is_pending());
  // And again, while the last one has become what is agreed to.
  contract(opt_out(std::string(kMemory) +
                   "  { path = \"architecture\", type = \"string\", about = \"x\" },\n"));
  ASSERT_TRUE(*open().give_notice());
  const auto bytes = open().seal_now()->bytes;
  EXPECT_NE(bytes.find("memory"), std::string::npos);
  EXPECT_EQ(bytes.find("architecture"), std::string::npos);
}

TEST_F(ConsentingTest, WhoAgreedToAContractThatAsksIsAsked) {
  ASSERT_TRUE(open().turn_on({}).ok());
  contract(opt_out(kMemory));
  EXPECT_FALSE(*open().give_notice());
  EXPECT_EQ(open().standing()->withheld, std::vector<std::string>{"memory.bytes"});
}

TEST_F(ConsentingTest, OneAgentForEachStateFolder) {
  const auto agent = open();
  EXPECT_FALSE(agent_runs(agent.state())) << "without a folder nobody can tell";
  EXPECT_FALSE(*lock_agent(agent.state()));
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_EQ(agent_runs(agent.state()), false);
  {
    const auto held = lock_agent(agent.state());
    ASSERT_TRUE(held.ok() && *held);
    EXPECT_EQ(agent_runs(agent.state()), true);
    const auto second = lock_agent(agent.state());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::kTryAgain);
  }
  EXPECT_EQ(agent_runs(agent.state()), false);
}

TEST_F(ConsentingTest, AnOffThatWasFollowedByAnOnStopsTheUploadAllTheSame) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  collector_.before_answer = [&] {
    ASSERT_TRUE(*agent.turn_off());
    clock_.advance(std::chrono::seconds(1));
    ASSERT_TRUE(agent.turn_on({}).ok());
  };
  const auto stopped = agent.send({});
  EXPECT_EQ(stopped->sent, 0u);
  EXPECT_EQ(stopped->error->kind, ErrorKind::kOff) << "and it does not say that something is kept";
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
}

TEST_F(ConsentingTest, AReportForLocalEyesIsNoPartOfTheYesThatComesWhileItIsMade) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_local().ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  // What cannot be removed ends the command halfway.
  std::filesystem::create_directories(agent.state().file("dropped.json/x"));
  ASSERT_FALSE(agent.turn_on({}).ok());
  EXPECT_EQ(kept().state, Mode::kOff)
      << "an off comes before the yes, so whoever makes one sees it";
  std::filesystem::remove_all(agent.state().file("dropped.json"));
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
}

TEST_F(ConsentingTest, AnOffAlsoStopsWhatWasAllowedForOnce) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(*agent.turn_off());
  const auto stands = agent.decision_stands();
  ASSERT_TRUE(agent.state().make("outbox").ok());
  ASSERT_TRUE(agent.state().write("outbox/20261121T070000.123Z-1a2b3c4d.json", "{}").ok());
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(*agent.turn_off());
  EXPECT_FALSE(stands()) << "also while it is collected, when nothing is pending yet";
  EXPECT_TRUE(Outbox(agent.state()).pending()->empty());
}

TEST_F(ConsentingTest, AForgottenIdentityOfTheClusterIsNotAdoptedAgain) {
  constexpr std::string_view kOfTheCluster = "53998033-28cd-470f-9a4f-d4b6e4966cc9";
  auto stone = std::string(kMesh);
  stone.replace(stone.find("\"mesh\""), 6, "\"stone\"");
  stone.replace(stone.find("\"host\""), 6, "\"ceph\"");
  ASSERT_TRUE(write_file(folder_.path() / "contracts/stone.toml", stone).ok());
  ASSERT_TRUE(
      write_file(paths_.config_file, "product = \"stone\"\ncontracts = \"contracts\"\n").ok());
  AgentWorld world;
  world.clock = &clock_;
  world.make_client = [this] { return std::make_unique<FakeClient>(collector_); };
  std::vector<std::string> calls;
  world.run = [&](const ProcessOptions& process) -> Result<ProcessOutput> {
    ProcessOutput output;
    std::string line;
    for (const auto& word : process.argv) line += word + " ";
    calls.push_back(line);
    const bool asks_id = line.find("report_id") != std::string::npos;
    if (asks_id) output.out = std::string(kOfTheCluster) + "\n";
    if (!asks_id) output.exit_status = 2;
    return output;
  };
  const auto agent = Agent::open(paths_, std::move(world));
  ASSERT_TRUE(agent.ok());
  ASSERT_TRUE(note_forgotten(agent->state(), kOfTheCluster).ok());
  const auto on = agent->turn_on({});
  ASSERT_TRUE(on.ok()) << on.error().message;
  EXPECT_FALSE(on->identity.adopted);
  EXPECT_NE(on->identity.installation, kOfTheCluster);
  // And `local` leaves the cluster to others, as `off` does.
  calls.clear();
  ASSERT_TRUE(agent->turn_local().ok());
  EXPECT_TRUE(std::any_of(calls.begin(), calls.end(), [](const std::string& line) {
    return line.find("candor/identity") != std::string::npos;
  }));
}

}  // namespace
}  // namespace candor
