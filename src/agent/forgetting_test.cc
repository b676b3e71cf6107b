// Being forgotten, against a collector that is a function.
#include "agent/forgetting.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/agent.h"
#include "agent/carry.h"
#include "base/digest.h"
#include "base/signature.h"
#include "wire/compression.h"

namespace candor {
namespace {

struct ForgetfulCollector {
  SigningKey key = SigningKey::generate();
  SigningKey signs = key;
  bool reachable = true;
  int answers_pending = 0;  // 202s before the end
  int status = 200;
  std::string reason = "nothing_to_delete";
  std::string confirms;  // instead of the installation that asks
  std::vector<Json> asked;
  std::size_t reports = 0;
  std::function<void()> before_answer = [] {};

  Result<ClientResponse> answer(const ClientRequest& request) {
    if (!reachable) return Error{ErrorKind::kUnavailable, "nobody there"};
    if (request.url.ends_with("/v1/key"))
      return ClientResponse{200, {}, to_line({{"key", to_base64(key.public_key())}})};
    if (request.url.ends_with("/v1/reports")) {
      ++reports;
      const auto body = *decode_content("zstd", request.body, 1u << 24);
      const auto contract = string_member(parse_json(body)->at("candor"), "contract");
      return ClientResponse{
          200,
          {},
          to_line({{"status", "accepted"},
                   {"receipt", to_json(sign_receipt(sha256_hex(body), contract, "t", key))}})};
    }
    asked.push_back(*parse_json(request.body));
    before_answer();
    if (answers_pending-- > 0)
      return ClientResponse{202, {{"Retry-After", "2"}}, R"({"status":"pending"})"};
    if (status != 200)
      return ClientResponse{
          status, {}, to_line({{"error", {{"reason", reason}, {"message", "No."}}}})};
    auto deletion = sign_deletion(
        "mesh", confirms.empty() ? string_member(asked.back(), "installation") : confirms,
        "2026-11-21T07:30:00.5Z", signs);
    return ClientResponse{
        200, {}, to_line({{"status", "deleted"}, {"deletion", to_json(deletion)}})};
  }
};

class Client final : public HttpClient {
 public:
  explicit Client(ForgetfulCollector& collector) : collector_(collector) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    return collector_.answer(request);
  }

 private:
  ForgetfulCollector& collector_;
};

constexpr std::string_view kMesh =
    "candor = 1\n[product]\nname = \"mesh\"\ncontact = \"c\"\nendpoint = "
    "\"https://collector.example.com\"\n"
    "[[channel]]\nname = \"host\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"cpu.count\", type = \"integer\", about = \"x\" },\n]\n"
    "[[collector]]\nkind = \"host\"\n";

class ForgettingTest : public testing::Test {
 protected:
  ForgettingTest() {
    paths_ = {folder_.path() / "candor.toml", folder_.path() / "candor.d", folder_.path() / "state",
              folder_.path()};
    configure("");
    EXPECT_TRUE(make_folder(folder_.path() / "contracts").ok());
    EXPECT_TRUE(write_file(folder_.path() / "contracts/mesh.toml", kMesh).ok());
  }

  void configure(std::string_view more) {
    ASSERT_TRUE(write_file(paths_.config_file,
                           fmt::format("product = \"mesh\"\ncontracts = \"contracts\"\n{}", more))
                    .ok());
  }

  Agent open() {
    AgentWorld world;
    world.clock = &clock_;
    world.make_client = [this] { return std::make_unique<Client>(collector_); };
    auto agent = Agent::open(paths_, std::move(world));
    if (!agent.ok()) throw std::runtime_error(agent.error().message);
    return *std::move(agent);
  }

  // On, with one report sent.
  Identity report(const Agent& agent) {
    EXPECT_TRUE(agent.turn_on({}).ok());
    EXPECT_TRUE(agent.pending_or_seal().ok());
    EXPECT_EQ(agent.send({})->sent, 1u);
    return **read_identity(agent.state());
  }

  ForgetRequest request() {
    ForgetRequest request;
    request.patience = std::chrono::seconds(10);
    request.wait = [this](Millis time) {
      waited_ += time;
      return true;
    };
    return request;
  }

  TemporaryFolder folder_;
  Paths paths_;
  ForgetfulCollector collector_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T07:00:00Z")};
  Millis waited_{0};
};

TEST_F(ForgettingTest, OnceTheCollectorHasSignedNothingOfTheInstallationIsHere) {
  const auto agent = open();
  const auto identity = report(agent);
  ASSERT_TRUE(agent.state().write("last-failure.json", "{}").ok());
  collector_.answers_pending = 2;
  collector_.before_answer = [&] { EXPECT_EQ(agent.decision()->mode, Mode::kOff); };
  const auto forgotten = agent.forget(request());
  ASSERT_TRUE(forgotten.ok()) << forgotten.error().message;
  EXPECT_EQ(waited_, std::chrono::seconds(4)) << "as long as the collector said";
  ASSERT_EQ(collector_.asked.size(), 3u);
  EXPECT_EQ(string_member(collector_.asked[0], "secret"), identity.deletion_secret);
  EXPECT_EQ(string_member(collector_.asked[0], "installation"), identity.installation);
  EXPECT_EQ(forgotten->installation, identity.installation);
  for (const auto* gone : {"identity.json", "key", "collector-key", "sent", "outbox", "refused",
                           "posted", "last-failure.json", "forgetting.json"}) {
    EXPECT_FALSE(agent.state().has(gone)) << gone;
  }
  const auto proof = parse_json(*read_file(forgotten->proof));
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(verify_deletion(*deletion_of(*proof), "mesh", identity.installation,
                              to_base64(collector_.key.public_key()))
                  .ok());
  EXPECT_EQ(forgotten->proof.filename(), "20261121T073000.5Z.json");
  // The next one is somebody else.
  EXPECT_NE(agent.turn_on({})->identity.installation, identity.installation);
  EXPECT_TRUE(agent.state().has("deletions/20261121T073000.5Z.json"));
}

TEST_F(ForgettingTest, ACollectorThatIsNotDoneIsAskedAgainLater) {
  const auto agent = open();
  const auto identity = report(agent);
  collector_.answers_pending = 100;
  const auto first = agent.forget(request());
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().kind, ErrorKind::kTryAgain);
  EXPECT_NE(first.error().message.find("candor forget"), std::string::npos);
  EXPECT_LE(waited_, std::chrono::seconds(10));
  EXPECT_EQ(agent.decision()->mode, Mode::kOff);
  EXPECT_EQ((*read_identity(agent.state()))->installation, identity.installation);
  EXPECT_TRUE(agent.state().has("sent/log.jsonl"));
  // In between it cannot be switched on under the old identity.
  EXPECT_FALSE(agent.turn_on({}).ok());
  collector_.answers_pending = 0;
  EXPECT_TRUE(agent.forget(request()).ok());
  EXPECT_FALSE(agent.state().has("identity.json"));
}

TEST_F(ForgettingTest, ACollectorThatCannotBeReachedLosesNothing) {
  const auto agent = open();
  report(agent);
  collector_.reachable = false;
  EXPECT_EQ(agent.forget(request()).error().kind, ErrorKind::kTryAgain);
  EXPECT_TRUE(agent.state().has("identity.json"));
  collector_.reachable = true;
  collector_.status = 503;
  EXPECT_EQ(agent.forget(request()).error().kind, ErrorKind::kTryAgain);
  EXPECT_TRUE(agent.state().has("identity.json"));
}

TEST_F(ForgettingTest, AWordThatIsNotTheCollectorsKeepsTheIdentity) {
  const auto agent = open();
  report(agent);
  collector_.signs = SigningKey::generate();
  EXPECT_EQ(agent.forget(request()).error().kind, ErrorKind::kGeneral);
  EXPECT_TRUE(agent.state().has("identity.json"));
  collector_.signs = collector_.key;
  collector_.confirms = random_uuid();
  EXPECT_EQ(agent.forget(request()).error().kind, ErrorKind::kGeneral);
  EXPECT_TRUE(agent.state().has("identity.json"));
}

TEST_F(ForgettingTest, TheSecretGoesToNoOtherKeyAndOverNoOpenWire) {
  const auto agent = open();
  report(agent);
  const auto key = collector_.key;
  collector_.key = SigningKey::generate();
  EXPECT_EQ(agent.forget(request()).error().kind, ErrorKind::kGeneral);
  EXPECT_TRUE(collector_.asked.empty());
  collector_.key = key;
  configure("endpoint = \"http://collector.example.com\"\ninsecure = true\n");
  const auto plain = open().forget(request());
  EXPECT_EQ(plain.error().kind, ErrorKind::kConfiguration);
  EXPECT_TRUE(collector_.asked.empty());
}

TEST_F(ForgettingTest, ACollectorThatTookReportsAndKnowsNothingIsNotBelieved) {
  const auto agent = open();
  report(agent);
  collector_.status = 404;
  const auto asked = agent.forget(request());
  EXPECT_EQ(asked.error().kind, ErrorKind::kGeneral);
  EXPECT_NE(asked.error().message.find("--local"), std::string::npos);
  EXPECT_TRUE(agent.state().has("identity.json"));
  auto local = request();
  local.only_here = true;
  const auto forgotten = agent.forget(local);
  ASSERT_TRUE(forgotten.ok());
  EXPECT_FALSE(forgotten->asked);
  EXPECT_FALSE(agent.state().has("identity.json"));
}

// Samples have no hash of the secret: they are in its store, and it knows of no report.
TEST_F(ForgettingTest, WhereOnlyMetricsWereSentNothingIsNoAnswer) {
  for (const auto* row : {"metrics", "library"}) {
    const auto agent = open();
    ASSERT_TRUE(agent.turn_on({}).ok());
    ASSERT_TRUE(note_posting(agent.state(), clock_.now()).ok());
    collector_.status = 404;
    ASSERT_TRUE(agent.state().make(row).ok());
    ASSERT_TRUE(note_posting(StateFolder(agent.state().file(row)), clock_.now()).ok());
    const auto asked = agent.forget(request());
    ASSERT_FALSE(asked.ok());
    EXPECT_EQ(asked.error().kind, ErrorKind::kGeneral);
    EXPECT_TRUE(agent.state().has("identity.json"));
    // With a report it is deleted.
    collector_.status = 200;
    report(agent);
    EXPECT_TRUE(agent.forget(request())->confirmation);
    EXPECT_FALSE(agent.state().has("identity.json"));
  }
}

TEST_F(ForgettingTest, NothingElseIsSentMeanwhile) {
  const auto agent = open();
  report(agent);
  ASSERT_TRUE(agent.state().make("metrics").ok());
  collector_.before_answer = [&] {
    for (const auto* lock : {"send.lock", "metrics/send.lock"})
      EXPECT_EQ(FileLock::try_lock(agent.state().file(lock)).error().kind, ErrorKind::kTryAgain)
          << lock;
  };
  EXPECT_TRUE(agent.forget(request()).ok());
}

TEST_F(ForgettingTest, WhereNothingWasEverSentNobodyIsAsked) {
  const auto agent = open();
  EXPECT_TRUE(agent.forget(request())->installation.empty());
  EXPECT_FALSE(std::filesystem::exists(paths_.state)) << "looking makes nothing";
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  const auto forgotten = agent.forget(request());
  ASSERT_TRUE(forgotten.ok());
  EXPECT_FALSE(forgotten->asked);
  EXPECT_TRUE(collector_.asked.empty());
  EXPECT_FALSE(agent.state().has("identity.json"));
}

TEST_F(ForgettingTest, OneThatWasEndedWhileItRemovedTheTracesGoesOn) {
  const auto agent = open();
  report(agent);
  ASSERT_TRUE(agent.turn_off().ok());
  ASSERT_TRUE(agent.state().write("forgetting.json", "{\"format\":1}").ok());
  ASSERT_TRUE(agent.state().remove("identity.json").ok());
  ASSERT_TRUE(agent.state().has("key"));
  ASSERT_TRUE(agent.forget(request()).ok());
  EXPECT_FALSE(agent.state().has("key") || agent.state().has("forgetting.json"));
}

TEST_F(ForgettingTest, AReportWhoseAnswerNeverCameCountsAsSent) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  const auto signer = collector_.key;
  collector_.key = SigningKey::generate();  // the receipt is not believed
  ASSERT_TRUE(agent.send({}).ok());
  collector_.key = signer;
  EXPECT_FALSE(may_have_posted(agent.state())) << "another key gets nothing";
  ASSERT_TRUE(agent.send({}).ok());
  EXPECT_TRUE(may_have_posted(agent.state()));
}

TEST_F(ForgettingTest, AnIdentityThatWasForgottenIsKnownByItsHash) {
  const auto agent = open();
  const auto identity = report(agent);
  EXPECT_FALSE(*is_forgotten(agent.state(), identity.installation));
  ASSERT_TRUE(agent.forget(request()).ok());
  EXPECT_TRUE(*is_forgotten(agent.state(), identity.installation));
  EXPECT_FALSE(*is_forgotten(agent.state(), random_uuid()));
  EXPECT_EQ(agent.state().read("forgotten")->find(identity.installation), std::string::npos);
}

TEST_F(ForgettingTest, AReportThatWasCarriedAwayByHandCountsAsSent) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(agent.pending_or_seal().ok());
  ASSERT_TRUE(export_pending(agent.state(), ExportKind::kReport, "mesh").ok());
  EXPECT_TRUE(agent.forget(request())->asked);
}

TEST_F(ForgettingTest, AnEndpointOfAnotherKindIsNotAsked) {
  const auto agent = open();
  report(agent);
  ASSERT_TRUE(write_file(folder_.path() / "write-key", "w").ok());
  auto tracks = std::string(kMesh);
  tracks.replace(tracks.find("contact"), 0, "accepts = [\"native\", \"segment\"]\n");
  tracks.replace(tracks.find("\"cpu.count\""), 11, "\"host.properties.cpu\"");
  tracks.insert(tracks.find("  { path"),
                "  { path = \"host.event\", type = \"string\", about = \"x\" },\n");
  ASSERT_TRUE(write_file(folder_.path() / "contracts/mesh.toml", tracks).ok());
  configure("wire = \"segment\"\nwrite_key_file = \"write-key\"\n");
  EXPECT_EQ(open().forget(request()).error().kind, ErrorKind::kGeneral);
  EXPECT_TRUE(collector_.asked.empty());
  EXPECT_TRUE(agent.state().has("identity.json"));
}

TEST_F(ForgettingTest, WhatDeviceReportsWereMadeWithGoesToo) {
  const auto agent = open();
  report(agent);
  ASSERT_TRUE(agent.state().make("devices").ok());
  for (const auto* file :
       {"devices/key", "devices/schedule.json", "devices/collector-key", "devices/posted",
        "devices/exported", "devices/dropped.json", "devices/last-failure.json"})
    ASSERT_TRUE(agent.state().write(file, "x").ok());
  ASSERT_TRUE(agent.forget(request()).ok());
  for (const auto& left : std::filesystem::directory_iterator(agent.state().file("devices")))
    EXPECT_EQ(left.path().filename(), "send.lock") << "only what keeps two senders apart stays";
}

}  // namespace
}  // namespace candor
