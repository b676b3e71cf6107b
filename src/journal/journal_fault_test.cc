// What a failing disk costs: the Nth call fails, the power fails, the disk is full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "journal/journal_fixture.h"

namespace candor {
namespace {

using Call = MemoryDisk::Call;

Error disk_error() { return {ErrorKind::kCannotCreate, "cannot do it: Input/output error"}; }

MemoryDisk::Fault fail_from_to(std::uint64_t first, std::uint64_t last) {
  return [=](Call, std::uint64_t number) -> Status {
    if (number >= first && number <= last) return disk_error();
    return Ok{};
  };
}

// A trace of opens, appends, reads and releases; keeps the ledger of what was acknowledged.
struct Trace {
  JournalOnMemory test;
  std::map<Position, std::string> acknowledged;
  Position released;
  std::set<std::string> refused;  // in this life, and nothing was acknowledged since
  std::set<std::string> gone;     // refused, and a later append was acknowledged

  void append(int number) {
    if (!test.journal) return;
    const auto position = test.journal->append_and_wait(numbered(number));
    if (!position.ok()) {
      EXPECT_EQ(position.error().kind, ErrorKind::kTryAgain);
      refused.insert(numbered(number));
      return;
    }
    gone.merge(refused);
    EXPECT_FALSE(acknowledged.contains(*position));
    if (!acknowledged.empty()) {
      EXPECT_GT(*position, acknowledged.rbegin()->first);
    }
    acknowledged[*position] = numbered(number);
  }
  void release(Position up_to) {
    released = std::max(released, up_to);
    if (test.journal) (void)test.journal->release(up_to);
  }
  void run() {
    (void)test.open();
    for (int i = 0; i < 60; ++i) append(i);
    if (!acknowledged.empty())
      release(std::next(acknowledged.begin(), acknowledged.size() / 2)->first);
    (void)test.open();
    refused.clear();  // it may have been found, and is known then
    if (test.journal) (void)test.journal->read({}, {});
    for (int i = 60; i < 120; ++i) append(i);
  }
  void check() {
    test.disk.set_fault(nullptr);
    test.must_open();
    if (!test.journal) return;
    const auto kept = read_all(*test.journal);
    for (const auto& [position, body] : acknowledged) {
      if (position <= released) continue;
      const auto found = kept.find(position);
      ASSERT_NE(found, kept.end()) << position.value << " was lost";
      ASSERT_EQ(found->second, body);
    }
    // Their senders sent them again, and the journal knows them no more.
    for (const auto& [position, body] : kept)
      ASSERT_FALSE(gone.contains(body)) << body << " was refused, and is at " << position.value;
    EXPECT_EQ(test.journal->recovery().corrupt_records, 0u);
    append(1000);
    EXPECT_EQ(acknowledged.rbegin()->second, numbered(1000));
  }
};

std::uint64_t calls_of_a_whole_trace() {
  Trace trace;
  trace.run();
  EXPECT_EQ(trace.acknowledged.size(), 120u);
  return trace.test.disk.calls();
}

TEST(JournalFault, NothingAcknowledgedIsLostWhicheverCallFails) {
  const auto calls = calls_of_a_whole_trace();
  ASSERT_GT(calls, 200u);
  for (const std::uint64_t in_a_row : {1, 2, 7}) {
    for (std::uint64_t n = 1; n <= calls; ++n) {
      SCOPED_TRACE(fmt::format("call {} and {} behind it fail", n, in_a_row - 1));
      Trace trace;
      trace.test.disk.set_fault(fail_from_to(n, n + in_a_row - 1));
      trace.run();
      trace.check();
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(JournalFault, NothingAcknowledgedIsLostWhenThePowerFailsAtAnyCall) {
  const auto calls = calls_of_a_whole_trace();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    SCOPED_TRACE(n);
    Trace trace;
    trace.test.disk.set_fault(fail_from_to(n, UINT64_MAX));
    trace.run();
    trace.test.journal.reset();
    trace.test.disk.crash();
    trace.check();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(JournalFault, NothingAcknowledgedIsLostWhenACallFailsAndThenThePower) {
  const auto calls = calls_of_a_whole_trace();
  for (std::uint64_t n = 1; n <= calls; ++n) {
    SCOPED_TRACE(n);
    Trace trace;
    trace.test.disk.set_fault(fail_from_to(n, n));
    trace.run();
    // The process ends with the power, so nothing more reaches the disk.
    trace.test.disk.set_fault(fail_from_to(1, UINT64_MAX));
    trace.test.journal.reset();
    trace.test.disk.crash();
    trace.check();
    if (testing::Test::HasFailure()) return;
  }
}

TEST(JournalFault, AFailedSyncIsNotRepeatedOnTheSameSegment) {
  JournalOnMemory test;
  test.must_open();
  const auto before = *test.journal->append_and_wait("before");
  std::atomic<bool> failing = true;
  test.disk.set_fault([&](Call call, std::uint64_t) -> Status {
    if (call == Call::kSync && failing.exchange(false)) return disk_error();
    return Ok{};
  });
  const auto refused = test.journal->append_and_wait("refused");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kTryAgain);
  EXPECT_FALSE(test.journal->state().fsync_ok);
  EXPECT_EQ(test.journal->state().append_errors, 1u);

  const auto after = test.journal->append_and_wait("after");
  ASSERT_TRUE(after.ok());
  EXPECT_TRUE(test.journal->state().fsync_ok);
  EXPECT_EQ(test.journal->state().segments, 2u);
  const std::map<Position, std::string> expected{{before, "before"}, {*after, "after"}};
  EXPECT_EQ(read_all(*test.journal), expected);
  test.must_open();
  EXPECT_EQ(read_all(*test.journal), expected);
}

TEST(JournalFault, AFullDiskMeansTryAgainAndEndsByItself) {
  JournalOnMemory test;
  test.disk.set_space(4096);
  test.must_open();
  std::map<Position, std::string> acknowledged;
  int number = 0;
  for (;; ++number) {
    const auto position = test.journal->append_and_wait(numbered(number));
    if (!position.ok()) {
      EXPECT_EQ(position.error().kind, ErrorKind::kTryAgain);
      EXPECT_THAT(position.error().message, testing::HasSubstr("full"));
      break;
    }
    acknowledged[*position] = numbered(number);
  }
  EXPECT_FALSE(test.journal->state().disk_ok);
  EXPECT_EQ(read_all(*test.journal), acknowledged);
  EXPECT_EQ(test.disk.files().size(), 1u);

  test.disk.set_space(1 << 20);
  const auto position = test.journal->append_and_wait("again");
  ASSERT_TRUE(position.ok());
  EXPECT_TRUE(test.journal->state().disk_ok);
  acknowledged[*position] = "again";
  EXPECT_EQ(read_all(*test.journal), acknowledged);
}

TEST(JournalFault, AFullDiskDoesNotStopTheStart) {
  JournalOnMemory test;
  test.must_open();
  const auto position = *test.journal->append_and_wait("kept");
  test.disk.set_space(0);
  test.must_open();
  EXPECT_EQ(read_all(*test.journal), (std::map<Position, std::string>{{position, "kept"}}));
  EXPECT_EQ(test.journal->append_and_wait("x").error().kind, ErrorKind::kTryAgain);
}

TEST(JournalFault, AFullDiskIsNotAskedAgainBeforeTheDelay) {
  JournalOnMemory test;
  test.options.segment_retry_delay = std::chrono::hours(1);
  test.disk.set_space(0);
  test.must_open();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(test.journal->append_and_wait("x").ok());
  EXPECT_EQ(test.disk.calls(Call::kAllocate), 1u);
}

TEST(JournalFault, UnfinishedSegmentsAreRemovedAtTheStart) {
  JournalOnMemory test;
  test.disk.put(test.options.folder / (format_segment_name({0, 1}) + ".tmp"), "unfinished");
  test.disk.put(test.options.folder / "notes.txt", "an operator's");
  test.must_open();
  EXPECT_EQ(test.disk.files(), std::vector<Path>{test.options.folder / "notes.txt"});
}

}  // namespace
}  // namespace candor
