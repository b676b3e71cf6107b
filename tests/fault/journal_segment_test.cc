// Every truncation and every flipped byte of a whole segment. Not sanitized: it opens 130,000
// journals.
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "journal/journal_fixture.h"
#include "journal/record.h"

namespace candor {
namespace {

// A segment of 64 KiB, full but for its end, as every truncation and every flipped byte leaves it.
struct WholeSegment {
  JournalOnMemory test{65536};
  std::string bytes;
  std::vector<std::pair<Position, std::string>> records;

  WholeSegment() {
    test.must_open();
    for (std::size_t used = kSegmentHeaderBytes;;) {
      const std::string body(900 + records.size(), static_cast<char>('a' + records.size() % 26));
      used += record_size(body.size());
      if (used > 65536) break;
      records.emplace_back(*test.journal->append_and_wait(body), body);
    }
    test.journal.reset();
    bytes = test.disk.bytes_of(test.only_segment());
  }

  // What is found in a segment that holds `damaged`.
  std::vector<std::pair<Position, std::string>> found_in(std::string damaged) {
    JournalOnMemory again(65536);
    again.disk.put(test.only_segment(), std::move(damaged));
    again.must_open();
    std::vector<std::pair<Position, std::string>> found;
    auto kept = *again.journal->read({}, {.bytes = 1 << 20, .records = 1000});
    for (auto& record : kept) found.emplace_back(record.position, std::move(record.bytes));
    return found;
  }
};

TEST(JournalSegment, A64KiBSegmentKeepsWhatIsWholeWhereverItIsCut) {
  WholeSegment segment;
  ASSERT_GT(segment.records.size(), 60u);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < segment.bytes.size(); ++size) {
    const auto end_of = [&](std::size_t i) {
      return segment.records[i].first.value + record_size(segment.records[i].second.size());
    };
    while (whole < segment.records.size() && end_of(whole) <= size) ++whole;
    const auto found = segment.found_in(segment.bytes.substr(0, size));
    ASSERT_TRUE(std::ranges::equal(found, std::span(segment.records).first(whole))) << size;
  }
}

TEST(JournalSegment, A64KiBSegmentLosesOneRecordToAnyFlippedByte) {
  WholeSegment segment;
  for (std::size_t at = 0; at < segment.bytes.size(); ++at) {
    auto damaged = segment.bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    auto expected = segment.records;
    std::erase_if(expected, [&](const auto& record) {
      const auto& [position, body] = record;
      return position.value <= at && at < position.value + record_size(body.size());
    });
    ASSERT_EQ(segment.found_in(std::move(damaged)), expected) << at;
  }
}

}  // namespace
}  // namespace candor
