#include "agent/programs/recorded.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"

namespace candor {
namespace {

using library::RingView;
using library::RunEntry;

// A ring of two blocks with an event and the end of a run in the second, and two runs in the table:
// one under way, and one that failed and was not told.
std::string ring_bytes() {
  return *read_file(Path(CANDOR_TEST_SOURCE_DIR) / "tests/fuzz/corpus/ring/ring");
}

Recorded recorded_in(const std::string& bytes, ProgramState program) {
  const auto ring = RingView::open(bytes);
  EXPECT_TRUE(ring);
  return read_recorded(*ring, program);
}

TEST(Recorded, EventsHaveNameDocumentAndAnIdThatStays) {
  const auto bytes = ring_bytes();
  const auto recorded = recorded_in(bytes, ProgramState::kRuns);
  ASSERT_EQ(recorded.events.size(), 2u);
  const auto& event = recorded.events[0];
  EXPECT_EQ(event.name, "e");
  EXPECT_EQ(event.id, "01020300000000000000000000000000-1-0");
  EXPECT_EQ(to_line(event.document), R"({"s":"ab","i":5})");
  EXPECT_EQ(to_unix_millis(event.at), 6);
  EXPECT_EQ(recorded.taken.size(), 2u);
  EXPECT_EQ(recorded.taken[0], 0u);
  EXPECT_GT(recorded.taken[1], 0u);
  EXPECT_EQ(recorded.dropped, 3u);
  EXPECT_FALSE(recorded.is_damaged);
}

TEST(Recorded, ARunSaysWhichItIsAndHowItStands) {
  const auto bytes = ring_bytes();
  const auto end = recorded_in(bytes, ProgramState::kRuns).events[1];
  EXPECT_EQ(end.name, "r");
  EXPECT_EQ(end.id, "00000000000000000000000000000000-end");
  EXPECT_EQ(string_member(end.document, "run"), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(string_member(end.document, "state"), "aborted") << "an outcome that nobody knows";
  EXPECT_EQ(string_member(end.document, "f"), std::string(32, 'b'));
  EXPECT_NE(find_member(end.document, "duration_ms"), nullptr);
}

TEST(Recorded, OfAProgramThatEndedTheOthersAreLostOrAsTheyEnded) {
  const auto bytes = ring_bytes();
  const auto recorded = recorded_in(bytes, ProgramState::kEnded);
  ASSERT_EQ(recorded.events.size(), 4u);
  EXPECT_EQ(string_member(recorded.events[2].document, "state"), "lost");
  EXPECT_EQ(string_member(recorded.events[2].document, "f"), std::string(32, 'a'));
  EXPECT_EQ(to_unix_millis(recorded.events[2].at), 5);
  EXPECT_EQ(string_member(recorded.events[3].document, "state"), "failed");
}

TEST(Recorded, AnEndThatWasToldIsToldOnce) {
  auto bytes = ring_bytes();
  // The run of the table that has ended is the one whose end stands in the block.
  library::RingHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  RunEntry entry;
  const auto at = header.runs_at + sizeof entry;
  std::memcpy(&entry, bytes.data() + at, sizeof entry);
  entry.id = {};
  std::memcpy(bytes.data() + at, &entry, sizeof entry);
  const auto recorded = recorded_in(bytes, ProgramState::kEnded);
  ASSERT_EQ(recorded.events.size(), 3u);
  EXPECT_EQ(string_member(recorded.events[2].document, "state"), "lost");
}

}  // namespace
}  // namespace candor
