// The device row, with a helper and a collector that are functions.
#include "agent/devices.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/device_upkeep.h"
#include "base/digest.h"
#include "base/signature.h"
#include "wire/compression.h"

namespace candor {
namespace {

constexpr std::string_view kContract =
    "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\nendpoint = "
    "\"https://collector.example.com\"\ndevice_endpoint = \"https://devices.example.com\"\n"
    "[[collector]]\nkind = \"host\"\n[[collector]]\nkind = \"smart\"\n"
    "[[channel]]\nname = \"host\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"cpu.count\", type = \"integer\", about = \"x\" },\n]\n"
    "[[channel]]\nname = \"device\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"devices.*.*.host_id\", type = \"string\", about = \"x\" },\n"
    "  { path = \"devices.*.*.hours\", type = \"integer\", about = \"x\" },\n]\n";

class DevicesTest : public ::testing::Test {
 protected:
  class Client final : public HttpClient {
   public:
    explicit Client(DevicesTest& test) : test_(test), number_(++test.clients_) {}
    Result<ClientResponse> send(const ClientRequest& request) override {
      return test_.answer(request, number_);
    }

   private:
    DevicesTest& test_;
    int number_;
  };

  DevicesTest() {
    paths_ = {folder_.path() / "candor.toml", folder_.path() / "candor.d", folder_.path() / "state",
              folder_.path()};
    EXPECT_TRUE(make_folder(folder_.path() / "contracts").ok());
    EXPECT_TRUE(write_file(folder_.path() / "contracts/p.toml", kContract).ok());
    configure("");
  }
  void configure(std::string_view more) {
    EXPECT_TRUE(write_file(paths_.config_file,
                           fmt::format("product = \"p\"\ncontracts = \"contracts\"\n{}", more))
                    .ok());
  }
  Agent open() {
    AgentWorld world;
    world.environment = Environment(Environment::Variables{});
    world.clock = &clock_;
    world.make_client = [this] { return std::make_unique<Client>(*this); };
    world.run = [this](const ProcessOptions&) -> Result<ProcessOutput> {
      return ProcessOutput{0, drives_, ""};
    };
    auto agent = Agent::open(paths_, std::move(world));
    if (!agent.ok()) throw std::runtime_error(agent.error().message);
    return std::move(*agent);
  }
  Result<ClientResponse> answer(const ClientRequest& request, int client) {
    if (unreachable_) return Error{ErrorKind::kUnavailable, "no route"};
    if (request.url.ends_with("/v1/key")) {
      return ClientResponse{
          200, {}, to_line({{"schema_version", 1}, {"key", to_base64(key_.public_key())}})};
    }
    posts_.push_back({request.url, client, *decode_content("zstd", request.body, 1u << 24)});
    const auto named = string_member(parse_json(posts_.back().body)->at("candor"), "contract");
    Receipt receipt{sha256_hex(posts_.back().body), named, "2026-11-21T07:00:00Z",
                    to_base64(key_.public_key()), ""};
    return ClientResponse{200,
                          {},
                          to_line({{"status", "accepted"},
                                   {"receipt",
                                    {{"body_sha256", receipt.body_sha256},
                                     {"contract", receipt.contract},
                                     {"received_at", receipt.received_at},
                                     {"key", receipt.key},
                                     {"signature", to_base64(key_.sign(signed_text(receipt)))}}}})};
  }
  std::size_t pending(const Agent& agent) {
    return Outbox(StateFolder(agent.state().path() / "devices")).pending()->size();
  }

  struct Post {
    std::string url;
    int client;
    std::string body;
  };
  TemporaryFolder folder_;
  Paths paths_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T07:00:00Z")};
  SigningKey key_ = SigningKey::generate();
  std::string drives_ = R"({"format":1,"drives":[{"model_name":"X","serial_number":"SN4711AB",)"
                        R"("hours":5,"note":"SN4711AB"}]})";
  bool unreachable_ = false;
  int clients_ = 0;
  std::vector<Post> posts_;
};

TEST_F(DevicesTest, WhatIsShownIsSentToItsOwnAddressByItsOwnClient) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  const DeviceReports devices(agent);
  const auto shown = *devices.pending_or_seal();
  EXPECT_EQ(devices.pending_or_seal()->bytes, shown.bytes);
  ASSERT_TRUE(agent.pending_or_seal().ok());
  ASSERT_EQ(agent.send({})->sent, 1u);
  ASSERT_EQ(devices.send({})->sent, 1u);
  ASSERT_EQ(posts_.size(), 2u);
  EXPECT_EQ(posts_[0].url, "https://collector.example.com/v1/reports");
  EXPECT_EQ(posts_[1].url, "https://devices.example.com/v1/devices");
  EXPECT_NE(posts_[0].client, posts_[1].client);
  EXPECT_EQ(posts_[1].body, shown.bytes);
  EXPECT_EQ(posts_[1].body.find("SN4711AB"), std::string::npos);
  EXPECT_EQ(posts_[0].body.find("\"devices\""), std::string::npos);
}

TEST_F(DevicesTest, AnEndpointOfOnesOwnIsForBoth) {
  configure("endpoint = \"https://mine.example.com\"\n");
  const auto agent = open();
  EXPECT_EQ(device_uplink_options(agent.settings(), agent.contract())->endpoint,
            "https://mine.example.com");
  configure(
      "endpoint = \"https://mine.example.com\"\ndevice_endpoint = \"https://d.example.com\"\n");
  const auto apart = open();
  EXPECT_EQ(device_uplink_options(apart.settings(), apart.contract())->endpoint,
            "https://d.example.com");
}

TEST_F(DevicesTest, AChannelOrADecisionThatIsOffDropsIt) {
  auto agent = open();
  EXPECT_EQ(DeviceReports(agent).pending_or_seal().error().kind, ErrorKind::kOff);
  ASSERT_TRUE(agent.turn_on({}).ok());
  ASSERT_TRUE(DeviceReports(agent).pending_or_seal().ok());
  ASSERT_EQ(pending(agent), 1u);
  configure("channel_device = false\n");
  agent = open();
  EXPECT_EQ(DeviceReports(agent).pending_or_seal().error().kind, ErrorKind::kNothing);
  EXPECT_EQ(pending(agent), 0u);
  configure("");
  agent = open();
  ASSERT_TRUE(DeviceReports(agent).pending_or_seal().ok());
  ASSERT_TRUE(DeviceReports(agent).keep_moment(clock_.now()).ok());
  ASSERT_TRUE(agent.turn_off().ok());
  EXPECT_EQ(pending(agent), 0u);
  EXPECT_FALSE(*DeviceReports(agent).moment());
}

TEST_F(DevicesTest, TheServiceSendsAtAMomentOfItsOwn) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  const DeviceReports devices(agent);
  DeviceUpkeep upkeep;
  const auto first = upkeep.look(agent, true);
  EXPECT_FALSE(first.due);
  EXPECT_EQ(*devices.moment(), first.wake);
  EXPECT_EQ(upkeep.look(agent, false).wake, first.wake) << "a restart draws nothing anew";
  clock_.set(*first.wake);
  ASSERT_TRUE(upkeep.look(agent, false).due);
  const auto next = upkeep.send(agent);
  EXPECT_EQ(posts_.size(), 1u);
  EXPECT_GE(*next, clock_.now() + std::chrono::hours(12));
  EXPECT_LE(*next, clock_.now() + std::chrono::hours(36));
  EXPECT_EQ(*devices.moment(), next);
}

TEST_F(DevicesTest, AFailureWaitsForAnotherMoment) {
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  unreachable_ = true;
  DeviceUpkeep upkeep;
  const auto next = upkeep.send(agent);
  EXPECT_GT(*next, clock_.now() + std::chrono::minutes(9));
  EXPECT_EQ(pending(agent), 1u);
  // Long after: whatever the reason was, its end is no moment.
  clock_.set(*next + std::chrono::hours(5));
  const auto look = upkeep.look(agent, false);
  EXPECT_FALSE(look.due);
  EXPECT_GT(*look.wake, clock_.now());
}

TEST_F(DevicesTest, AMachineWithoutDrivesSaysSo) {
  drives_ = R"({"format":1,"drives":[]})";
  const auto agent = open();
  ASSERT_TRUE(agent.turn_on({}).ok());
  EXPECT_EQ(DeviceReports(agent).pending_or_seal().error().kind, ErrorKind::kNothing);
  drives_ = R"({"format":1,"problem":"no_smartctl"})";
  EXPECT_EQ(DeviceReports(agent).pending_or_seal().error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace candor
