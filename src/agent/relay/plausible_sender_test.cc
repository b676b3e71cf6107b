#include "agent/relay/plausible_sender.h"

#include "agent/relay/relay_fixture.h"

namespace candor {
namespace {

// A Plausible server that answers what it is told to, and keeps what it was sent.
class FakePlausible final : public HttpClient {
 public:
  Result<ClientResponse> send(const ClientRequest& request) override {
    if (answers.empty()) {
      requests.push_back(request);
      return ClientResponse{202, {}, "ok"};
    }
    auto answer = std::move(answers.front());
    answers.erase(answers.begin());
    if (answer.ok() && answer->status < 500) requests.push_back(request);
    return answer;
  }

  std::vector<Result<ClientResponse>> answers;
  std::vector<ClientRequest> requests;  // that were answered for good
};

class PlausibleSenderTest : public RelayTest {
 protected:
  PlausibleSenderTest() {
    target_.options.endpoint = "https://plausible.example";
    target_.options.path = "/api/event";
    target_.domain = "panel.example";
    EXPECT_TRUE(relay_.make().ok());
  }
  void put(int events) { ASSERT_TRUE(outbox_.put(file(events), now_).ok()); }
  PlausibleSummary send() {
    SendRequest request;
    request.limits = kEventFileLimits;
    request.pace = kEventPace;
    auto sent = send_to_plausible(
        relay_, target_, server_, [this] { return go_on_; }, clock_, request);
    EXPECT_TRUE(sent.ok());
    return *std::move(sent);
  }
  std::size_t pending() { return outbox_.pending()->size(); }

  PlausibleTarget target_;
  FakePlausible server_;
  bool go_on_ = true;
  const Outbox outbox_{relay_, kEventFileLimits};
};

TEST_F(PlausibleSenderTest, EachEventIsOneRequestWithoutAKeyOfOurs) {
  put(3);
  const auto sent = send();
  EXPECT_EQ(sent.sent.sent, 1u);
  EXPECT_EQ(sent.not_taken, 0u);
  ASSERT_EQ(server_.requests.size(), 3u);
  std::set<std::string> addresses;
  for (const auto& request : server_.requests) {
    EXPECT_EQ(request.url, "https://plausible.example/api/event");
    for (const auto& header : request.headers) {
      EXPECT_NE(header.name, "Authorization");
      if (header.name == "X-Forwarded-For") addresses.insert(header.value);
    }
  }
  EXPECT_EQ(addresses.size(), 3u);
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(outbox_.last_sent()->value().status, "sent");
  EXPECT_FALSE(relay_.has("progress.json"));
}

TEST_F(PlausibleSenderTest, AnOutageGoesOnWhereItBegan) {
  put(3);
  server_.answers.push_back(ClientResponse{202, {}, "ok"});
  server_.answers.push_back(ClientResponse{503, {{"Retry-After", "7"}}, ""});
  auto sent = send();
  ASSERT_TRUE(sent.sent.error);
  EXPECT_EQ(sent.sent.error->kind, ErrorKind::kTryAgain);
  EXPECT_GE(*sent.sent.retry_after, Millis(7'000));
  EXPECT_EQ(pending(), 1u);
  server_.answers.push_back(Error{ErrorKind::kUnavailable, "nobody is there"});
  EXPECT_TRUE(send().sent.error);
  sent = send();
  EXPECT_FALSE(sent.sent.error);
  ASSERT_EQ(server_.requests.size(), 3u);
  for (int i = 0; i < 3; ++i)
    EXPECT_NE(server_.requests[static_cast<std::size_t>(i)].body.find("/p/" + std::to_string(i)),
              std::string::npos);
}

TEST_F(PlausibleSenderTest, WhatTheServerDoesNotTakeIsCountedAndNotSentAgain) {
  put(3);
  server_.answers.push_back(ClientResponse{400, {}, ""});
  server_.answers.push_back(ClientResponse{202, {{"x-plausible-dropped", "1"}}, "ok"});
  const auto sent = send();
  EXPECT_EQ(sent.sent.sent, 1u);
  EXPECT_EQ(sent.not_taken, 2u);
  EXPECT_EQ(server_.requests.size(), 3u);
}

TEST_F(PlausibleSenderTest, AWrongAddressWaitsForTheOperator) {
  put(1);
  server_.answers.push_back(ClientResponse{404, {}, ""});
  const auto sent = send();
  ASSERT_TRUE(sent.sent.error);
  EXPECT_EQ(sent.sent.error->kind, ErrorKind::kConfiguration);
  EXPECT_EQ(pending(), 1u);
}

TEST_F(PlausibleSenderTest, ADecisionStopsItBetweenTwoEvents) {
  put(2);
  go_on_ = false;
  const auto sent = send();
  EXPECT_TRUE(sent.sent.stopped);
  EXPECT_TRUE(server_.requests.empty());
}

}  // namespace
}  // namespace candor
