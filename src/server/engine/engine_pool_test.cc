#include "server/engine/engine_pool.h"

#include <gtest/gtest.h>

#include <future>

#include "server/engine/limits.h"

namespace candor {
namespace {

// Lets statements through when the test says so.
struct Gate {
  std::promise<void> open;
  std::shared_future<void> is_open{open.get_future()};
  std::promise<void> entered;
};

class GatedConnection final : public ChdbConnection {
 public:
  explicit GatedConnection(Gate& gate) : gate_(gate) {}
  Result<std::string> query(std::string_view sql, std::string_view) override {
    if (sql == "first") gate_.entered.set_value();
    gate_.is_open.wait();
    return std::string(sql);
  }
  Result<std::uint64_t> insert(std::string_view, std::string_view, std::string_view) override {
    return 0;
  }

 private:
  Gate& gate_;
};

struct EnginePoolTest : testing::Test {
  std::vector<EngineSession> one_session() {
    std::vector<EngineSession> sessions;
    sessions.push_back(*EngineSession::open(
        [this]() -> Result<std::unique_ptr<ChdbConnection>> {
          return std::unique_ptr<ChdbConnection>(std::make_unique<GatedConnection>(gate));
        },
        {}));
    return sessions;
  }
  std::future<HttpResponse> ask(EnginePool& pool, std::string sql) {
    EngineRequest request;
    request.sql = std::move(sql);
    request.database = "default";
    auto answer = std::make_shared<std::promise<HttpResponse>>();
    auto future = answer->get_future();
    pool.submit(std::move(request), [answer](HttpResponse r) { answer->set_value(std::move(r)); });
    return future;
  }
  Gate gate;
};

TEST_F(EnginePoolTest, WhatWaitsIsAnsweredInOrder) {
  EnginePool pool(one_session());
  auto first = ask(pool, "first");
  auto second = ask(pool, "second");
  gate.open.set_value();
  EXPECT_EQ(first.get().body, "first");
  EXPECT_EQ(second.get().body, "second");
}

TEST_F(EnginePoolTest, TooManyThatWaitAreRefusedAtOnce) {
  EnginePool pool(one_session());
  auto first = ask(pool, "first");
  gate.entered.get_future().wait();
  std::vector<std::future<HttpResponse>> waiting;
  for (std::size_t i = 0; i < kMaxWaitingStatements; ++i) waiting.push_back(ask(pool, "more"));
  EXPECT_EQ(ask(pool, "too much").get().status, 503);
  gate.open.set_value();
  for (auto& answer : waiting) EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(first.get().status, 200);
}

TEST_F(EnginePoolTest, StoppingFinishesWhatRunsAndRefusesWhatWaits) {
  EnginePool pool(one_session());
  auto first = ask(pool, "first");
  gate.entered.get_future().wait();
  auto waiting = ask(pool, "waiting");
  auto stopped = std::async(std::launch::async, [&] { pool.stop(); });
  EXPECT_EQ(waiting.get().status, 503);
  gate.open.set_value();
  stopped.get();
  EXPECT_EQ(first.get().status, 200);
  EXPECT_EQ(ask(pool, "late").get().status, 503);
}

}  // namespace
}  // namespace candor
