#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "agent/agent_fixture.h"
#include "agent/outbox/last_failure.h"

namespace candor {
namespace {

class SendingTest : public AgentTest {
 protected:
  std::string pinned() const {
    return StateFolder(paths_.state).read("collector-key").value_or("none");
  }
  std::string collectors() const { return to_base64(collector_.key.public_key()) + "\n"; }
  void give_key(const std::string& text) {
    ASSERT_TRUE(write_file(folder_.path() / "given", text).ok());
    configure("receipt_key_file = \"given\"\n");
  }
  SendSummary send() {
    const auto agent = open();
    EXPECT_TRUE(agent.pending_or_seal().ok());
    return *agent.send({});
  }
};

TEST_F(SendingTest, AWrongReceiptKeyFileCostsNoPin) {
  ASSERT_TRUE(open().turn_on({}).ok());
  ASSERT_EQ(send().sent, 1u);
  ASSERT_EQ(pinned(), collectors());
  give_key(to_base64(SigningKey::generate().public_key()) + "\n");
  const auto refused = send();
  EXPECT_EQ(refused.sent, 0u);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind, ErrorKind::kGeneral);
  EXPECT_NE(refused.error->message.find("receipt_key_file"), std::string::npos);
  EXPECT_EQ(collector_.bodies.size(), 1u);
  EXPECT_EQ(pinned(), collectors());
  configure("");
  EXPECT_EQ(send().sent, 1u);
}

TEST_F(SendingTest, AKeyThatTheCollectorDoesNotConfirmIsNotPinned) {
  give_key(to_base64(SigningKey::generate().public_key()) + "\n");
  collector_.unreachable = Error{ErrorKind::kUnavailable, "no route"};
  ASSERT_TRUE(open().turn_on({}).ok());
  EXPECT_TRUE(send().error);
  EXPECT_EQ(pinned(), "none");
}

TEST_F(SendingTest, TheKeyOfTheFileIsPinnedWhenTheCollectorAnswersIt) {
  ASSERT_TRUE(open().turn_on({}).ok());
  collector_.key = SigningKey::generate();  // rotated, and the vendor gave the new one
  ASSERT_TRUE(send().error);
  EXPECT_NE(pinned(), collectors());
  give_key(collectors());
  EXPECT_EQ(send().sent, 1u);
  EXPECT_EQ(pinned(), collectors());
}

TEST_F(SendingTest, WhatTheTimeDidNotDoForDidNotFail) {
  ASSERT_TRUE(open().turn_on({}).ok());
  const auto agent = open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(agent.seal_now().ok());
    clock_.advance(Millis(1'000));
  }
  SendRequest request;
  request.time = Millis(0);
  auto sent = *agent.send(request);
  EXPECT_EQ(sent.sent, 1u) << "something gets through each time";
  EXPECT_EQ(sent.left, 2u);
  EXPECT_FALSE(sent.error);
  EXPECT_FALSE(last_failure(agent.state()));
  // The end of the time cuts the second one off.
  request.time = Millis(100);
  collector_.before_answer = [&] {
    if (collector_.bodies.size() < 3) return;
    // It began after the time did.
    const auto until = std::chrono::steady_clock::now() + request.time;
    while (std::chrono::steady_clock::now() <= until) std::this_thread::yield();
    collector_.unreachable = Error{ErrorKind::kUnavailable, "no answer in time"};
  };
  sent = *agent.send(request);
  EXPECT_EQ(sent.sent, 1u);
  EXPECT_EQ(sent.left, 1u);
  EXPECT_FALSE(sent.error);
  EXPECT_FALSE(last_failure(agent.state()));
  // Where nothing gets through, it failed.
  EXPECT_TRUE(agent.send(request)->error);
}

TEST_F(SendingTest, WhyTheLastTryFailedIsKeptUntilAReportGetsThrough) {
  ASSERT_TRUE(open().turn_on({}).ok());
  const StateFolder state(paths_.state);
  collector_.unreachable = Error{ErrorKind::kUnavailable, "no route"};
  ASSERT_TRUE(send().error);
  ASSERT_TRUE(last_failure(state));
  EXPECT_EQ(last_failure(state)->at, clock_.now());
  EXPECT_EQ(last_failure(state)->problem, "no route.");
  EXPECT_FALSE(last_failure(state)->next_attempt);
  collector_.unreachable.reset();
  EXPECT_EQ(send().sent, 1u);
  EXPECT_FALSE(last_failure(state));
  collector_.status = 422;
  EXPECT_EQ(send().refused, 1u);
  ASSERT_TRUE(last_failure(state));
  EXPECT_NE(last_failure(state)->problem.find("Not like this."), std::string::npos);
}

TEST_F(SendingTest, WhatAnOffStoppedDidNotFail) {
  ASSERT_TRUE(open().turn_on({}).ok());
  collector_.before_answer = [&] { ASSERT_TRUE(open().turn_off().ok()); };
  EXPECT_EQ(send().error->kind, ErrorKind::kOff);
  EXPECT_FALSE(last_failure(StateFolder(paths_.state)));
}

TEST_F(SendingTest, ADamagedPendingReportIsToldAndCountedByTheNextOne) {
  ASSERT_TRUE(open().turn_on({}).ok());
  const auto damaged = open().pending_or_seal()->id;
  const StateFolder state(paths_.state);
  ASSERT_TRUE(state.write("outbox/" + damaged + ".json", "{\"candor\":").ok());
  std::vector<std::string> notes;
  AgentWorld world;
  world.clock = &clock_;
  world.environment = Environment(Environment::Variables{});
  world.make_client = [this] { return std::make_unique<FakeClient>(collector_); };
  world.note = [&](const std::string& note) { notes.push_back(note); };
  clock_.advance(Millis(1));
  const auto next = *Agent::open(paths_, std::move(world))->pending_or_seal();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find(damaged), std::string::npos);
  EXPECT_EQ(parse_json(next.bytes)->at("candor").at("lost"), 1);
  EXPECT_EQ(next.count, 1u);
}

}  // namespace
}  // namespace candor
