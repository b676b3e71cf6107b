// What damage on the disk costs: every truncation, every flipped byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "journal/journal_fixture.h"

namespace candor {
namespace {

// A journal of one segment with `count` records, closed; and what it held.
struct Written {
  JournalOnMemory test;
  Path path;
  std::string bytes;
  std::map<Position, std::string> records;

  explicit Written(int count) {
    test.must_open();
    for (int i = 0; i < count; ++i) {
      records[*test.journal->append_and_wait(numbered(i))] = numbered(i);
    }
    test.journal.reset();
    path = test.only_segment();
    bytes = test.disk.bytes_of(path);
  }

  void reopen_with(std::string damaged) {
    for (const auto& file : test.disk.files()) (void)test.disk.remove(file);
    test.disk.put(path, std::move(damaged));
    test.must_open();
  }

  // The journal holds all of `records` but `lost`, and goes on with new positions.
  void expect_lost(const std::set<Position>& lost) {
    auto expected = records;
    for (const auto position : lost) expected.erase(position);
    ASSERT_EQ(read_all(*test.journal), expected);
    const auto next = test.journal->append_and_wait("next");
    ASSERT_TRUE(next.ok());
    EXPECT_GT(*next, records.rbegin()->first);
    expected[*next] = "next";
    ASSERT_EQ(read_all(*test.journal), expected);
  }
};

TEST(JournalDamage, TornTailIsDroppedAndReportedAtEveryByte) {
  Written written(12);
  for (std::size_t size = 0; size < written.bytes.size(); ++size) {
    SCOPED_TRACE(size);
    written.reopen_with(written.bytes.substr(0, size));
    std::set<Position> lost;
    std::uint64_t kept_end = kSegmentHeaderBytes;
    for (const auto& [position, body] : written.records) {
      const auto end = position.value + record_size(body.size());
      if (end > size)
        lost.insert(position);
      else
        kept_end = end;
    }
    const auto& report = written.test.journal->recovery();
    EXPECT_EQ(report.records, written.records.size() - lost.size());
    EXPECT_EQ(report.torn_tail_bytes, size > kept_end ? size - kept_end : 0);
    EXPECT_EQ(report.corrupt_records, 0u);
    written.expect_lost(lost);
    if (testing::Test::HasFatalFailure()) return;

    // Dropped once: the next start finds nothing to complain about but what is gone for good.
    written.test.must_open();
    EXPECT_EQ(written.test.journal->recovery().torn_tail_bytes, 0u);
    EXPECT_EQ(written.test.journal->recovery().corrupt_records, 0u);
  }
}

TEST(JournalDamage, AFlippedByteLosesOnlyTheRecordItLiesIn) {
  Written written(12);
  const auto last = std::prev(written.records.end())->first;
  for (std::size_t at = 0; at < written.bytes.size(); ++at) {
    SCOPED_TRACE(at);
    auto damaged = written.bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    written.reopen_with(damaged);
    std::set<Position> lost;
    for (const auto& [position, body] : written.records) {
      if (position.value <= at && at < position.value + record_size(body.size())) {
        lost.insert(position);
      }
    }
    ASSERT_EQ(lost.size(), at < kSegmentHeaderBytes ? 0u : 1u);
    const auto& report = written.test.journal->recovery();
    if (lost.contains(last)) {
      EXPECT_GT(report.torn_tail_bytes, 0u);
    } else {
      EXPECT_EQ(report.corrupt_records, lost.size());
      EXPECT_EQ(report.torn_tail_bytes, 0u);
      EXPECT_EQ(report.stretches.size(), lost.size());
      EXPECT_EQ(written.test.journal->state().corrupt_records, lost.size());
    }
    EXPECT_EQ(report.damaged_headers, at < kSegmentHeaderBytes ? 1u : 0u);
    written.expect_lost(lost);
    EXPECT_EQ(written.test.journal->state().corrupt_records, report.corrupt_records);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(JournalDamage, AStretchOverSeveralRecordsIsCountedByTheirNumber) {
  Written written(12);
  auto it = written.records.begin();
  std::advance(it, 3);
  const auto from = it->first.value;
  std::advance(it, 4);
  const auto to = it->first.value;
  auto damaged = written.bytes;
  for (const char filler : {'\0', '\xff'}) {
    damaged.replace(from, to - from, to - from, filler);
    written.reopen_with(damaged);
    const auto& report = written.test.journal->recovery();
    EXPECT_EQ(report.records, 8u);
    EXPECT_EQ(report.corrupt_records, 4u);
    EXPECT_EQ(report.corrupt_bytes, to - from);
    EXPECT_THAT(report.summary(), testing::HasSubstr("at least 4 records"));
  }
}

TEST(JournalDamage, ARecordInsideARecordIsNotTakenForOne) {
  // Somebody sends the bytes of a record that fits exactly where they will come to lie.
  JournalOnMemory test;
  test.must_open();
  const std::string forged_body = "never admitted";
  RecordHeader forged;
  forged.position = {kSegmentHeaderBytes + kRecordHeaderBytes};
  forged.length = static_cast<std::uint32_t>(forged_body.size());
  forged.body_crc = record_body_crc(forged_body);
  const auto header = encode_record_header(forged, /*salt=*/12345);
  ASSERT_TRUE(
      test.journal->append_and_wait(std::string(header.data(), header.size()) + forged_body + "  ")
          .ok());
  const auto kept = *test.journal->append_and_wait("kept");
  test.journal.reset();
  const auto path = test.only_segment();
  auto bytes = test.disk.bytes_of(path);
  bytes[kSegmentHeaderBytes] ^= 1;
  test.disk.put(path, bytes);
  test.must_open();
  EXPECT_EQ(read_all(*test.journal), (std::map<Position, std::string>{{kept, "kept"}}));
}

TEST(JournalDamage, ASegmentThatLostItsEndIsReported) {
  JournalOnMemory test;
  test.must_open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(test.journal->append_and_wait(numbered(i)).ok());
  test.journal.reset();
  const auto path = test.only_segment();
  const auto bytes = test.disk.bytes_of(path);
  for (const std::size_t cut : {std::size_t{8}, std::size_t{500}}) {
    test.disk.put(path, bytes.substr(0, bytes.size() - cut));
    test.must_open();
    EXPECT_GE(test.journal->recovery().corrupt_records, 1u);
    EXPECT_EQ(test.journal->recovery().torn_tail_bytes, 0u);
    test.journal.reset();
  }
}

TEST(JournalDamage, BytesTheDiskCannotReadCostOnlyTheirRecords) {
  JournalOnMemory test(65536);
  test.must_open();
  std::map<Position, std::string> records;
  for (int i = 0; i < 40; ++i) {
    const std::string body(1000, static_cast<char>('a' + i % 26));
    records[*test.journal->append_and_wait(body)] = body;
  }
  test.journal.reset();
  const auto size = test.disk.bytes_of(test.only_segment()).size();
  // Call 1 lists, 2 opens, 3 reads the header, 4 reads the window, which fails; then its pieces.
  const auto start = test.disk.calls();
  test.disk.set_fault([=](MemoryDisk::Call call, std::uint64_t number) -> Status {
    if (call == MemoryDisk::Call::kRead && (number == start + 4 || number == start + 7)) {
      return Error{ErrorKind::kCannotCreate, "cannot read: Input/output error"};
    }
    return Ok{};
  });
  test.must_open();
  test.disk.set_fault(nullptr);
  const auto& report = test.journal->recovery();
  EXPECT_GE(report.records, 34u);
  EXPECT_GE(report.corrupt_records, 1u);
  // What could not be read once may be readable the next time: nothing was cut, all is there.
  EXPECT_EQ(test.disk.bytes_of(test.only_segment()).size(), size);
  EXPECT_EQ(read_all(*test.journal), records);
}

TEST(JournalDamage, SinceTheStartIsSteppedOverAndCountedOnce) {
  JournalOnMemory test;
  test.must_open();
  std::vector<Position> positions;
  for (int i = 0; i < 10; ++i) positions.push_back(*test.journal->append_and_wait(numbered(i)));
  const auto path = test.only_segment();
  auto bytes = test.disk.bytes_of(path);
  bytes[positions[4].value + 40] ^= 1;
  test.disk.put(path, bytes);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(read_all(*test.journal).size(), 9u);
    EXPECT_EQ(test.journal->state().corrupt_records, 1u);
  }
}

}  // namespace
}  // namespace candor
