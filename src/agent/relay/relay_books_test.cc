#include "agent/relay/relay_books.h"

#include <algorithm>

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
  static void seal(RelayBooks& books, const std::string& id, std::uint64_t events) {
    books.sealing(id, events);
    books.sealed();
  }

  const Outbox outbox_{relay_, kEventFileLimits};
};

TEST_F(RelayBooksTest, EveryEventIsSomewhere) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.received(12);
  books.dropped("bot", 2);
  const auto taken = put(3), gone = put(4), waits = put(1);
  seal(books, taken, 3);
  seal(books, gone, 4);
  seal(books, waits, 1);
  sent(taken);
  books.refused(1);
  EXPECT_TRUE(outbox_.drop(gone).ok());
  books.settle(outbox_, "channel_off");
  const auto counts = after(books);
  EXPECT_EQ(counts.forwarded, 2u);
  EXPECT_EQ(counts.refused, 1u);
  EXPECT_EQ(counts.lost, 0u);
  EXPECT_EQ(counts.dropped.at("channel_off"), 4u);
  EXPECT_EQ(counts.waiting(), 3u);  // one in the file, two in memory
}

TEST_F(RelayBooksTest, WhatWasSentInALongRunIsNotLostWithItsCopy) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  OutboxLimits limits = kEventFileLimits;
  limits.kept = 2;
  const Outbox small(relay_, limits);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(put(2));
  for (const auto& id : ids) seal(books, id, 2);
  books.received(10);
  for (const auto& id : ids)
    ASSERT_TRUE(small.mark_sent({id, now_, now_, 1, "h", "accepted", "u"}, Json(nullptr)).ok());
  ASSERT_EQ(small.kept()->size(), 2u);
  books.settle(small);
  const auto counts = after(books);
  EXPECT_EQ(counts.forwarded, 10u);
  EXPECT_EQ(counts.lost, 0u);
}

TEST_F(RelayBooksTest, OnlyWhatTheLimitsDroppedIsLost) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.received(9);
  std::vector<std::string> ids;
  for (int events = 2; events < 5; ++events) ids.push_back(put(events));
  std::ranges::sort(ids);
  for (const auto& id : ids) seal(books, id, 3);
  OutboxLimits limits = kEventFileLimits;
  limits.pending = 2;
  ASSERT_EQ(*Outbox(relay_, limits).expire(now_), 1u);
  ASSERT_TRUE(outbox_.drop(ids.back()).ok());
  books.settle(outbox_);
  auto counts = after(books);
  EXPECT_EQ(counts.lost, 3u);
  EXPECT_EQ(counts.waiting(), 6u) << "why the other is gone is not known yet";
  books.settle(outbox_, "channel_off");
  counts = after(books);
  EXPECT_EQ(counts.dropped.at("channel_off"), 3u);
  EXPECT_EQ(counts.lost, 3u);
  // An off drops the rest, and what was lost before is no part of it.
  ASSERT_TRUE(outbox_.drop_pending().ok());
  books.settle(outbox_, "off");
  counts = after(books);
  EXPECT_EQ(counts.dropped.at("off"), 3u);
  EXPECT_EQ(counts.lost, 3u);
  EXPECT_EQ(counts.waiting(), 0u);
}

TEST_F(RelayBooksTest, WhatTheDecisionDroppedIsNotLost) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.received(4);
  seal(books, put(4), 4);
  EXPECT_TRUE(outbox_.drop_pending().ok());
  books.settle(outbox_, "off");
  EXPECT_EQ(after(books).dropped.at("off"), 4u);
}

TEST_F(RelayBooksTest, AForgottenInstallationIsCountedAnew) {
  ASSERT_TRUE(relay_.make().ok());
  RelayBooks books(relay_, now_);
  books.listens_on("127.0.0.1:1");
  books.received(4);
  seal(books, put(4), 4);
  books.begin_anew(now_ + Millis(60'000));
  books.settle(outbox_);
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
    seal(books, id, 3);
    after(books);
  }
  RelayBooks books(relay_, now_ + std::chrono::hours(1));
  auto counts = after(books);
  EXPECT_EQ(counts.received, 5u);
  EXPECT_EQ(counts.lost, 2u);  // that were in memory
  EXPECT_EQ(counts.waiting(), 3u);
  EXPECT_EQ(counts.since, std::chrono::floor<std::chrono::milliseconds>(now_));
  sent(id);
  books.settle(outbox_);
  EXPECT_EQ(after(books).forwarded, 3u);
}

TEST_F(RelayBooksTest, WhatWasSentBeforeAKillIsForwarded) {
  ASSERT_TRUE(relay_.make().ok());
  const auto first = put(3), second = put(2), third = put(1);
  {
    RelayBooks books(relay_, now_);
    EXPECT_EQ(after(books).received, 6u) << "found in files";
    books.received(5);
    books.sealing("never-put", 5);
    after(books);
  }
  sent(first);
  EXPECT_TRUE(outbox_.mark_refused({second, now_, now_, 1, "h", "refused", "u"}).ok());
  RelayBooks books(relay_, now_);
  const auto counts = after(books);
  EXPECT_EQ(counts.forwarded, 3u);
  EXPECT_EQ(counts.refused, 2u);
  EXPECT_EQ(counts.lost, 5u);
  EXPECT_EQ(counts.waiting(), 1u);
}

TEST_F(RelayBooksTest, AFileIsKnownBeforeItIsPending) {
  ASSERT_TRUE(relay_.make().ok());
  std::string id;
  {
    RelayBooks books(relay_, now_);
    books.received(3);
    const auto sealed = file(3);
    books.sealing(sealed.id(), 3);
    after(books);
    ASSERT_TRUE(outbox_.put(sealed, now_).ok());
    id = sealed.id();
    books.settle(outbox_, "off");
    EXPECT_EQ(after(books).waiting(), 3u) << "not settled while it is being put";
  }
  sent(id);
  RelayBooks books(relay_, now_);
  EXPECT_EQ(after(books).forwarded, 3u);
  EXPECT_EQ(after(books).lost, 0u);
}

TEST_F(RelayBooksTest, WhatCouldNotBeWrittenIsWrittenLater) {
  ASSERT_TRUE(relay_.make("counts.json").ok());
  RelayBooks books(relay_, now_);
  books.received(2);
  EXPECT_FALSE(books.write().ok());
  std::filesystem::remove(relay_.file("counts.json"));
  EXPECT_EQ(after(books).received, 2u);
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
