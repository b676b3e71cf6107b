// Random states of an installation: whatever channels, contracts, observations and answers there
// are, in whatever order things happen and end, what `show` prints, what the collector gets, what
// is kept, what the audit log says and what the receipt is for are the same bytes. So it is with
// device reports, which have a row of their own.
//
// CANDOR_STATES says how many states (200), CANDOR_STATES_SEED with which one to begin (1). A kill
// is an exception that leaves the agent in the middle of a request: locks go, nothing else is
// written.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "agent/agent.h"
#include "agent/devices.h"
#include "agent/seal/report_id.h"
#include "agent/verify.h"
#include "base/digest.h"
#include "base/signature.h"
#include "contract/receipt.h"
#include "dice.h"
#include "wire/compression.h"

namespace candor {
namespace {

constexpr std::string_view kDriveProgram = "/usr/bin/drives";

struct Killed {};

std::uint64_t number_of(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

const SigningKey& collectors_key() {
  static const auto key = SigningKey::generate();
  return key;
}

enum class Weather { kFair, kBusy, kRefuses, kAway, kAnswerLost, kKilledBefore, kKilledAfter };

// A collector that keeps what it takes, and knows what comes again.
struct Collector {
  Weather weather = Weather::kFair;
  std::map<std::string, std::string> taken;  // SHA-256 to body
  std::set<std::string> refused;
  std::uint64_t duplicates = 0;

  Result<ClientResponse> answer(const ClientRequest& request) {
    const auto& key = collectors_key();
    if (weather == Weather::kAway) return Error{ErrorKind::kUnavailable, "no route"};
    if (request.url.ends_with("/v1/key")) {
      return ClientResponse{200, {}, to_line({{"key", to_base64(key.public_key())}})};
    }
    if (weather == Weather::kKilledBefore) throw Killed{};
    if (weather == Weather::kBusy) return ClientResponse{503, {{"Retry-After", "3"}}, ""};
    const auto body = *decode_content("zstd", request.body, 1u << 24);
    const auto digest = sha256_hex(body);
    if (weather == Weather::kRefuses) {
      refused.insert(digest);
      return ClientResponse{
          409, {}, to_line({{"error", {{"reason", "x"}, {"message", "Not like this."}}}})};
    }
    const bool known = !taken.emplace(digest, body).second;
    duplicates += known ? 1u : 0u;
    if (weather == Weather::kAnswerLost)
      return Error{ErrorKind::kUnavailable, "the line went dead"};
    if (weather == Weather::kKilledAfter) throw Killed{};
    const auto header = parse_json(body)->at("candor");
    const auto receipt = sign_receipt(digest, header.at("contract"), "2026-11-21T07:00:00Z", key);
    Json answer = {{"status", known ? "duplicate" : "accepted"}, {"receipt", to_json(receipt)}};
    return ClientResponse{200, {}, to_line(answer)};
  }
};

class Client final : public HttpClient {
 public:
  explicit Client(Collector& collector) : collector_(collector) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    return collector_.answer(request);
  }

 private:
  Collector& collector_;
};

// An installation, and what was seen of it.
class State {
 public:
  explicit State(std::uint64_t seed) : dice_(seed) {
    paths_ = {folder_.path() / "candor.toml", folder_.path() / "candor.d", folder_.path() / "state",
              folder_.path()};
    channels_ = 1 + dice_.roll(4);
    licence_ = dice_.chance(50);
    EXPECT_TRUE(make_folder(folder_.path() / "contracts").ok());
    write_contract();
    configure();
  }

  void live() {
    if (dice_.chance(80)) on();
    for (int i = 8 + dice_.roll(12); i > 0; --i) step();
    // At last everything that is pending goes out, if it may.
    collector_.weather = Weather::kFair;
    send();
    send_devices();
    const StateFolder state(paths_.state);
    judge_kept(state, proven);
    judge_kept(devices_of(state), devices_proven);
    judge_arrived(Outbox(state));
  }

  std::uint64_t proven = 0;
  std::uint64_t devices_proven = 0;
  std::uint64_t kills = 0;
  std::uint64_t shows = 0;
  std::uint64_t resent() const { return collector_.duplicates; }

 private:
  void step() {
    clock_.advance(Millis(1 + dice_.roll(3'600'000)));
    collector_.weather = dice_.chance(50) ? Weather::kFair : static_cast<Weather>(dice_.roll(7));
    switch (dice_.roll(11)) {
      case 0:
        return configure();
      case 1:
        return write_contract();
      case 2:
        return off();
      case 3:
      case 4:
        return on();
      case 5:
        return show();
      case 6:
        if (const auto sealed = agent().seal_now(); sealed.ok()) saw(sealed->id, sealed->bytes);
        return;
      case 7:
        show();
        return send();
      case 8:
        return show_devices();
      case 9:
        return send_devices();
      default:
        return send();
    }
  }

  Agent agent() {
    AgentWorld world;
    world.environment = Environment(Environment::Variables{});
    world.clock = &clock_;
    world.make_client = [this] { return std::make_unique<Client>(collector_); };
    world.run = [this](const ProcessOptions& options) -> Result<ProcessOutput> {
      Json document = Json::object();
      if (options.argv.front() == kDriveProgram) {
        Json drives = Json::array();
        for (int i = 1 + dice_.roll(3); i > 0; --i)
          drives.push_back({{"serial_number", fmt::format("SN{:08}", dice_.roll(1'000'000))},
                            {"m0", dice_.roll(1'000)},
                            {"m1", random_text(dice_)}});
        return ProcessOutput{0, to_line({{"format", 1}, {"drives", std::move(drives)}}), ""};
      }
      for (int i = dice_.roll(8); i > 0; --i)
        document[fmt::format("m{}", dice_.roll(6))] = random_value(dice_, 0);
      return ProcessOutput{0, to_line(document), ""};
    };
    auto agent = Agent::open(paths_, std::move(world));
    if (!agent.ok()) throw std::runtime_error(agent.error().message);
    return std::move(*agent);
  }

  void configure() {
    std::string text = "product = \"p\"\ncontracts = \"contracts\"\n";
    if (dice_.chance(60)) text += dice_.chance(75) ? "channel_d = true\n" : "channel_d = false\n";
    for (int i = 0; i < channels_; ++i) {
      if (dice_.chance(60))
        text += fmt::format("channel_c{} = {}\n", i, dice_.chance(75) ? "true" : "false");
    }
    text += fmt::format("[collect.smart]\ncommand = \"{}\"\n", kDriveProgram);
    ASSERT_TRUE(write_file(paths_.config_file, text).ok());
  }

  void write_contract() {
    static const std::vector<std::string> kTypes = {"integer", "number", "string", "boolean"};
    std::string text =
        "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n"
        "endpoint = \"https://collector.example.com\"\n";
    if (licence_)
      text += "[product.licence]\nid = \"l-1\"\nname = \"L\"\nurl = \"https://l.example.com\"\n";
    text += "[[collector]]\nkind = \"exec\"\ncommand = [\"/usr/bin/observe\"]\n";
    text += fmt::format(
        "[[collector]]\nkind = \"smart\"\n[[channel]]\nname = \"d\"\nabout = \"x\"\n"
        "default = {}\nfields = [\n"
        "  {{ path = \"devices.*.*.m{}\", type = \"{}\", about = \"x\" }},\n]\n",
        dice_.chance(70) ? "true" : "false", dice_.roll(2),
        dice_.chance(80) ? "integer" : "string");
    for (int channel = 0; channel < channels_; ++channel) {
      text += fmt::format("[[channel]]\nname = \"c{}\"\nabout = \"x\"\ndefault = {}\nfields = [\n",
                          channel, dice_.chance(70) ? "true" : "false");
      for (int member = channel; member < 6; member += channels_) {
        const auto& type = kTypes[static_cast<std::size_t>(dice_.roll(4))];
        text += fmt::format("  {{ path = \"m{}{}\", type = \"{}\", about = \"x\" }},\n", member,
                            dice_.chance(30) ? ".*" : "", type);
      }
      text += "]\n";
    }
    const auto parsed = parse_contract(text, "p.toml");
    ASSERT_TRUE(parsed.ok()) << parsed.error().message << text;
    ASSERT_TRUE(write_file(folder_.path() / "contracts/p.toml", text).ok());
  }

  void on() {
    OnRequest request;
    if (licence_) request.licence = "l-1";
    request.how = "candor on";
    const auto result = agent().turn_on(request);
    ASSERT_TRUE(result.ok()) << result.error().message;
  }

  void off() { ASSERT_TRUE(agent().turn_off().ok()); }

  void show() {
    const auto pending = agent().pending_or_seal();
    if (!pending.ok()) return;
    ++shows;
    saw(pending->id, pending->bytes);
  }

  // What was shown once is shown the same for ever.
  void saw(const std::string& id, const std::string& bytes) {
    const auto [known, fresh] = shown_.emplace(id, bytes);
    EXPECT_TRUE(fresh || known->second == bytes) << id;
  }

  void send() {
    clock_.advance(Millis(1));
    const auto sender = agent();
    const auto now = sender.decision();
    ASSERT_TRUE(now.ok());
    if (now->mode != Mode::kOn) return;
    try {
      if (const auto pending = sender.pending_or_seal(); pending.ok())
        saw(pending->id, pending->bytes);
      const auto summary = sender.send({});
      if (!summary.ok()) {
        EXPECT_EQ(summary.error().kind, ErrorKind::kTryAgain);
      }
    } catch (const Killed&) {
      ++kills;
    }
  }

  void show_devices() {
    const auto shower = agent();
    const auto pending = DeviceReports(shower).pending_or_seal();
    if (!pending.ok()) return;
    ++shows;
    saw(pending->id, pending->bytes);
  }

  void send_devices() {
    clock_.advance(Millis(1));
    const auto sender = agent();
    if (sender.decision()->mode != Mode::kOn) return;
    const DeviceReports devices(sender);
    try {
      if (const auto pending = devices.pending_or_seal(); pending.ok())
        saw(pending->id, pending->bytes);
      if (const auto summary = devices.send({}); !summary.ok()) {
        EXPECT_EQ(summary.error().kind, ErrorKind::kTryAgain) << summary.error().message;
      }
    } catch (const Killed&) {
      ++kills;
    }
  }

  // What is kept and logged in a folder was shown, arrived, and is signed for.
  void judge_kept(const StateFolder& state, std::uint64_t& counted) {
    const Outbox outbox(state);
    const auto entries = *outbox.log().entries();
    std::set<std::string> sent;
    for (const auto& entry : entries) {
      const auto bytes = outbox.read_kept(entry.id);
      ASSERT_TRUE(bytes.ok()) << entry.id;
      EXPECT_EQ(sha256_hex(*bytes), entry.sha256);
      EXPECT_EQ(bytes->size(), entry.bytes);
      const auto seen = shown_.find(entry.id);
      ASSERT_NE(seen, shown_.end()) << "logged, but never shown: " << entry.id;
      EXPECT_EQ(seen->second, *bytes);
      if (entry.status == "refused") {
        EXPECT_TRUE(collector_.refused.contains(entry.sha256));
        continue;
      }
      const auto body = collector_.taken.find(entry.sha256);
      ASSERT_NE(body, collector_.taken.end()) << "logged, but never arrived: " << entry.id;
      EXPECT_EQ(body->second, *bytes);
      const auto proof = verify_kept(state, entry.id);
      ASSERT_TRUE(proof.ok()) << proof.error().message;
      EXPECT_EQ(proof->receipt.body_sha256, entry.sha256);
      EXPECT_TRUE(sent.insert(entry.id).second) << "logged as sent twice: " << entry.id;
      ++counted;
    }
  }

  void judge_arrived(const Outbox& outbox) {
    // Whatever arrived was shown before, exactly so; and each report arrived as one.
    std::map<std::string, std::string> by_moment;
    for (const auto& [digest, body] : collector_.taken) {
      const auto header = parse_json(body)->at("candor");
      if (header.contains("kind")) {  // of devices: it says neither when nor whose
        EXPECT_TRUE(std::ranges::any_of(shown_, [&](const auto& s) { return s.second == body; }));
        continue;
      }
      const auto [known, fresh] = by_moment.emplace(header.at("sealed_at"), digest);
      EXPECT_TRUE(fresh) << "two bodies of one report";
      const auto sealed_at = parse_rfc3339(header.at("sealed_at").get<std::string>());
      const auto id = report_id(*sealed_at, digest);
      const auto seen = shown_.find(id);
      ASSERT_NE(seen, shown_.end()) << "arrived, but never shown: " << id;
      EXPECT_EQ(seen->second, body);
      if (const auto kept = outbox.read_kept(id); kept.ok()) {
        EXPECT_EQ(*kept, body);
      }
    }
  }

  Dice dice_;
  TemporaryFolder folder_;
  Paths paths_;
  int channels_ = 1;
  bool licence_ = false;
  Collector collector_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T07:00:00Z")};
  std::map<std::string, std::string> shown_;  // by id
};

TEST(States, WhatIsShownArrivesIsKeptIsLoggedAndIsSignedFor) {
  const auto states = number_of("CANDOR_STATES", 200);
  const auto first = number_of("CANDOR_STATES_SEED", 1);
  std::uint64_t proven = 0;
  std::uint64_t devices = 0;
  std::uint64_t kills = 0;
  std::uint64_t shows = 0;
  std::uint64_t resent = 0;
  for (auto seed = first; seed < first + states; ++seed) {
    State state(seed);
    state.live();
    if (HasFailure())
      FAIL() << "in state " << seed << "; again: CANDOR_STATES=1 CANDOR_STATES_SEED=" << seed;
    proven += state.proven;
    devices += state.devices_proven;
    kills += state.kills;
    shows += state.shows;
    resent += state.resent();
  }
  fmt::print(
      "{} states: {} reports and {} device reports proven, {} kills, {} answered as duplicates, {} "
      "shows\n",
      states, proven, devices, kills, resent, shows);
  // A test that proves nothing would hold, too.
  EXPECT_GT(proven, states);
  if (states < 100) return;
  EXPECT_GT(devices, 0u);
  EXPECT_GT(kills, 0u);
  EXPECT_GT(resent, 0u);
}

}  // namespace
}  // namespace candor
