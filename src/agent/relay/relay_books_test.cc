#include "agent/relay/relay_books.h"

#include "agent/relay/relay_fixture.h"

namespace candor {
namespace {

class RelayBooksTest : public RelayTest {
 protected:
  RelayCounts after(RelayBooks& books) {
    EXPECT_TRUE(books.write().ok());
    return read_relay_counts(relay_).value_or(RelayCounts());
  }
  std::string put(int events) {
    const auto sealed = file(events);
    EXPECT_TRUE(outbox_.put(sealed, now_).ok());
    return sealed.id();
  }
  void sent(const std::string& id) {
    EXPECT_TRUE(outbox_.mark_sent({id, now_, now_, 1, "h", "accepted", "u"}, Json(nullptr)).ok());
  }

  const Outbox outbox_{relay_, kEventFileLimits};
};

TEST_F(RelayBooksTest, EveryEventIsSomewhere) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.received(12);
  books.dropped("bot", 2);
  const auto taken = put(3), gone = put(4), waits = put(1);
  books.sealed(taken, 3);
  books.sealed(gone, 4);
  books.sealed(waits, 1);
  sent(taken);
  books.refused(1);
  EXPECT_TRUE(outbox_.drop(gone).ok());
  books.settle(outbox_, true);
  const auto counts = after(books);
  EXPECT_EQ(counts.forwarded, 2u);
  EXPECT_EQ(counts.refused, 1u);
  EXPECT_EQ(counts.lost, 4u);
  EXPECT_EQ(counts.waiting(), 3u);  // one in the file, two in memory
}

TEST_F(RelayBooksTest, WhatTheDecisionDroppedIsNotLost) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.received(4);
  books.sealed(put(4), 4);
  EXPECT_TRUE(outbox_.drop_pending().ok());
  books.settle(outbox_, false);
  EXPECT_EQ(after(books).dropped.at("off"), 4u);
}

TEST_F(RelayBooksTest, AForgottenInstallationIsCountedAnew) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.listens_on("127.0.0.1:1");
  books.received(4);
  books.sealed(put(4), 4);
  books.begin_anew(now_ + Millis(60'000));
  books.settle(outbox_, true);
  const auto counts = after(books);
  EXPECT_EQ(counts.received, 0u);
  EXPECT_EQ(counts.lost, 0u);
  EXPECT_EQ(counts.since, now_ + Millis(60'000));
  EXPECT_EQ(counts.listen, "127.0.0.1:1");
}

TEST_F(RelayBooksTest, NobodyListensAfterAKill) {
  ASSERT_TRUE(relay_.make().ok());
  {
    RelayBooks books(relay_, now_);
    books.listens_on("127.0.0.1:1");
    EXPECT_EQ(after(books).listen, "127.0.0.1:1");
  }
  RelayBooks books(relay_, now_);
  books.received(1);
  EXPECT_EQ(after(books).listen, "");
}

TEST_F(RelayBooksTest, CountsGoOnAfterAKill) {
  ASSERT_TRUE(relay_.make().ok());
  std::string id;
  {
    RelayBooks books(relay_, now_);
    books.received(5);
    id = put(3);
    books.sealed(id, 3);
    after(books);
  }
  RelayBooks books(relay_, now_ + std::chrono::hours(1));
  auto counts = after(books);
  EXPECT_EQ(counts.received, 5u);
  EXPECT_EQ(counts.lost, 2u);  // that were in memory
  EXPECT_EQ(counts.waiting(), 3u);
  EXPECT_EQ(counts.since, std::chrono::floor<std::chrono::milliseconds>(now_));
  sent(id);
  books.settle(outbox_, true);
  EXPECT_EQ(after(books).forwarded, 3u);
}

TEST_F(RelayBooksTest, ADamagedFileCountsAsNone) {
  ASSERT_TRUE(relay_.make().ok());
  for (const auto* text : {"", "[]", "{", R"({"received":-1,"dropped":[1],"lost":"x"})"}) {
    ASSERT_TRUE(relay_.write("counts.json", text).ok());
    EXPECT_EQ(read_relay_counts(relay_).value_or(RelayCounts()).received, 0u) << text;
  }
}

}  // namespace
}  // namespace candor
