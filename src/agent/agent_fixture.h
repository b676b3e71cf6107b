// An agent in a folder of its own, against a collector that is a function.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.h"
#include "base/digest.h"
#include "base/signature.h"
#include "wire/compression.h"

namespace candor {

// A collector as agents see it.
struct FakeCollector {
  SigningKey key = SigningKey::generate();
  std::optional<Error> unreachable;
  int status = 200;
  std::string reason = "x";  // of another status
  int key_asked = 0;
  std::vector<std::string> bodies;    // of the reports posted, as they were before compression
  std::vector<ClientRequest> pushed;  // metrics
  std::function<void()> before_answer = [] {};
  std::string signed_sha256;    // instead of the right one
  std::string signed_contract;  // the same
  // What is asked besides reports and the key.
  std::function<Result<ClientResponse>(const ClientRequest&)> answer_to_get = nullptr;

  Result<ClientResponse> answer(const ClientRequest& request) {
    if (unreachable) return *unreachable;
    if (request.url.ends_with("/v1/key")) {
      ++key_asked;
      return ClientResponse{
          200, {}, to_line({{"schema_version", 1}, {"key", to_base64(key.public_key())}})};
    }
    if (request.method == "GET" && answer_to_get) return answer_to_get(request);
    if (request.url.ends_with("/api/v1/write")) {
      pushed.push_back(request);
      before_answer();
      if (request.keep_going && !request.keep_going())
        return Error{ErrorKind::kTryAgain, "The transfer was stopped."};
      const bool is_taken = status == 200;
      return ClientResponse{is_taken ? 204 : status,
                            {{"Content-Type", "text/plain"}},
                            is_taken ? "" : "Not like this.\n"};
    }
    bodies.push_back(*decode_content("zstd", request.body, 1u << 24));
    before_answer();
    if (unreachable) return *unreachable;
    if (request.keep_going && !request.keep_going())
      return Error{ErrorKind::kTryAgain, "The transfer was stopped."};
    if (status != 200) {
      return ClientResponse{
          status, {}, to_line({{"error", {{"reason", reason}, {"message", "Not like this."}}}})};
    }
    const auto digest = signed_sha256.empty() ? sha256_hex(bodies.back()) : signed_sha256;
    const auto named = string_member(parse_json(bodies.back())->at("candor"), "contract");
    Receipt receipt{digest, signed_contract.empty() ? named : signed_contract,
                    "2026-11-21T07:00:00Z", to_base64(key.public_key()), ""};
    return ClientResponse{200,
                          {},
                          to_line({{"status", "accepted"},
                                   {"receipt",
                                    {{"body_sha256", digest},
                                     {"contract", receipt.contract},
                                     {"received_at", receipt.received_at},
                                     {"key", receipt.key},
                                     {"signature", to_base64(key.sign(signed_text(receipt)))}}}})};
  }
};

class FakeClient final : public HttpClient {
 public:
  explicit FakeClient(FakeCollector& collector) : collector_(collector) {}
  Result<ClientResponse> send(const ClientRequest& request) override {
    return collector_.answer(request);
  }

 private:
  FakeCollector& collector_;
};

inline constexpr std::string_view kMesh =
    "candor = 1\n[product]\nname = \"mesh\"\ncontact = \"c\"\nendpoint = "
    "\"https://collector.example.com\"\n"
    "[[collector]]\nkind = \"host\"\n"
    "[[channel]]\nname = \"host\"\nabout = \"x\"\ndefault = true\nfields = [\n"
    "  { path = \"cpu.count\", type = \"integer\", about = \"x\" },\n]\n";

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    paths_ = {folder_.path() / "candor.toml", folder_.path() / "candor.d", folder_.path() / "state",
              folder_.path()};
    configure("");
    contract(kMesh);
  }
  void configure(std::string_view more) {
    ASSERT_TRUE(write_file(paths_.config_file,
                           fmt::format("product = \"mesh\"\ncontracts = \"contracts\"\n{}", more))
                    .ok());
  }
  void contract(std::string_view text) {
    ASSERT_TRUE(make_folder(folder_.path() / "contracts").ok());
    ASSERT_TRUE(write_file(folder_.path() / "contracts/mesh.toml", text).ok());
  }
  Agent open(Environment::Variables variables = {}) {
    AgentWorld world;
    world.environment = Environment(std::move(variables));
    world.clock = &clock_;
    world.make_client = [this] { return std::make_unique<FakeClient>(collector_); };
    auto agent = Agent::open(paths_, std::move(world));
    if (!agent.ok()) throw std::runtime_error(agent.error().message);
    return std::move(*agent);
  }
  bool anything_written() const { return std::filesystem::exists(paths_.state); }

  TemporaryFolder folder_;
  Paths paths_;
  FakeCollector collector_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T07:00:00Z")};
};

}  // namespace candor
