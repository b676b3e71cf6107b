#include "journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/files.h"
#include "journal/crc32c.h"
#include "journal/journal_fixture.h"

namespace candor {
namespace {

using testing::HasSubstr;

TEST(Journal, GivesBackWhatItTookAlsoAfterReopening) {
  JournalOnMemory test;
  test.must_open();
  std::map<Position, std::string> taken;
  for (int i = 0; i < 200; ++i) {
    const auto position = test.journal->append_and_wait(numbered(i));
    ASSERT_TRUE(position.ok());
    taken[*position] = numbered(i);
  }
  EXPECT_EQ(taken.size(), 200u);
  EXPECT_EQ(read_all(*test.journal), taken);
  EXPECT_GT(test.journal->state().segments, 3u);

  test.must_open();
  EXPECT_EQ(read_all(*test.journal), taken);
  EXPECT_EQ(test.journal->recovery().records, 200u);
  EXPECT_EQ(test.journal->recovery().corrupt_records, 0u);
  EXPECT_EQ(test.journal->recovery().torn_tail_bytes, 0u);
  EXPECT_EQ(test.journal->recovery().summary(), "");
  EXPECT_EQ(test.journal->recovery().last, taken.rbegin()->first);
}

TEST(Journal, ReadsOnFromAnyPosition) {
  JournalOnMemory test;
  test.must_open();
  std::vector<Position> positions;
  for (int i = 0; i < 100; ++i) {
    positions.push_back(*test.journal->append_and_wait(numbered(i)));
  }
  for (std::size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(read_all(*test.journal, positions[i]).size(), positions.size() - i - 1);
    // A position that is no record's is only "behind this".
    EXPECT_EQ(read_all(*test.journal, {positions[i].value - 8}).size(), positions.size() - i);
  }
}

TEST(Journal, ReadsEmptyRecordsAndRecordsLargerThanASegment) {
  JournalOnMemory test;
  test.must_open();
  const std::string large(300'000, 'x');
  ASSERT_TRUE(test.journal->append_and_wait("").ok());
  ASSERT_TRUE(test.journal->append_and_wait(large).ok());
  ASSERT_TRUE(test.journal->append_and_wait("after").ok());
  test.must_open();
  const auto all = read_all(*test.journal);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all.begin()->second, "");
  EXPECT_EQ(std::next(all.begin())->second, large);
  EXPECT_EQ(all.rbegin()->second, "after");
}

TEST(Journal, RefusesARecordThatCanNeverFit) {
  JournalOnMemory test;
  test.options.max_bytes = 10'000;
  test.must_open();
  const auto refused = test.journal->append_and_wait(std::string(10'000, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadData);
}

TEST(Journal, FullMeansTryAgainAndEndsWithRelease) {
  JournalOnMemory test;
  test.options.max_bytes = 10'000;
  test.must_open();
  const std::string record(500, 'x');
  Position last;
  for (;;) {
    const auto position = test.journal->append_and_wait(record);
    if (!position.ok()) {
      EXPECT_EQ(position.error().kind, ErrorKind::kTryAgain);
      EXPECT_THAT(position.error().message, HasSubstr("full"));
      break;
    }
    last = *position;
  }
  EXPECT_TRUE(test.journal->state().full);
  EXPECT_EQ(test.journal->state().refused_full, 1u);
  EXPECT_LE(test.journal->state().bytes, 10'000u);
  ASSERT_TRUE(test.journal->release(last).ok());
  EXPECT_TRUE(test.journal->append_and_wait(record).ok());
}

TEST(Journal, OneLargeReleasedRecordDoesNotKeepItFull) {
  JournalOnMemory test;
  test.options.max_bytes = 10'000;
  test.must_open();
  const auto position = test.journal->append_and_wait(std::string(9'000, 'x'));
  ASSERT_TRUE(position.ok());
  ASSERT_TRUE(test.journal->release(*position).ok());
  // The newest segment is only given up once an append needed its room.
  EXPECT_FALSE(test.journal->append_and_wait(std::string(5'000, 'y')).ok());
  EXPECT_TRUE(test.journal->append_and_wait(std::string(5'000, 'y')).ok());
}

TEST(Journal, RenewedItKeepsNothingThatIsReleased) {
  JournalOnMemory test;
  test.must_open();
  const auto first = test.journal->append_and_wait("first");
  ASSERT_TRUE(first.ok());
  test.journal->renew();  // still needed: stays
  const auto second = test.journal->append_and_wait("second");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(read_all(*test.journal).size(), 2u);
  ASSERT_TRUE(test.journal->release(*second).ok());
  test.journal->renew();
  const auto third = test.journal->append_and_wait("third");
  ASSERT_TRUE(third.ok());
  EXPECT_GT(*third, *second);
  test.must_open();
  EXPECT_EQ(read_all(*test.journal), (std::map<Position, std::string>{{*third, "third"}}));
}

TEST(Journal, BegunAnewTheOldRecordsCanGoThoughNewOnesArrive) {
  JournalOnMemory test;
  test.must_open();
  const auto old = test.journal->append_and_wait("old");
  ASSERT_TRUE(old.ok());
  test.journal->begin_anew();
  const auto next = test.journal->append_and_wait("next");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(read_all(*test.journal).size(), 2u) << "nothing is lost";
  ASSERT_TRUE(test.journal->release(*old).ok());
  EXPECT_EQ(test.journal->state().first_kept, *next);
  EXPECT_EQ(test.disk.bytes_of(test.only_segment()).find("old"), std::string::npos);
  // Nothing in it: there is nothing to begin anew.
  test.journal->begin_anew();
  test.journal->begin_anew();
  test.must_open();
  EXPECT_EQ(read_all(*test.journal), (std::map<Position, std::string>{{*next, "next"}}));
}

TEST(Journal, TooMuchWaitingMeansTryAgain) {
  JournalOnMemory test;
  test.options.max_queued_bytes = 1000;
  test.must_open();
  // Appends from a Done gather while the committer is busy calling it.
  std::atomic<int> taken = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> left = 11;
  const auto count = [&](const Result<Position>& result) {
    (result.ok() ? taken : refused)++;
    if (--left == 0) left.notify_one();
  };
  test.journal->append("first", [&](const Result<Position>& result) {
    for (int i = 0; i < 10; ++i) test.journal->append(std::string(200, 'x'), count);
    count(result);
  });
  for (int now = left; now != 0; now = left) left.wait(now);
  EXPECT_EQ(taken, 1 + 4);
  EXPECT_EQ(refused, 6);
}

TEST(Journal, ReleaseKeepsWhatIsNewerAndTheNewestSegment) {
  JournalOnMemory test;
  test.must_open();
  std::vector<Position> positions;
  for (int i = 0; i < 300; ++i) positions.push_back(*test.journal->append_and_wait(numbered(i)));
  const auto before = test.journal->state();
  ASSERT_TRUE(test.journal->release(positions[149]).ok());
  EXPECT_LT(test.journal->state().segments, before.segments);
  EXPECT_LT(test.journal->state().bytes, before.bytes);
  EXPECT_EQ(read_all(*test.journal, positions[149]).size(), 150u);
  EXPECT_LE(test.journal->state().first_kept, positions[150]);

  ASSERT_TRUE(test.journal->release(positions.back()).ok());
  EXPECT_EQ(test.journal->state().segments, 1u);
  EXPECT_EQ(test.disk.files().size(), 1u);
  test.must_open();
  EXPECT_GT(*test.journal->append_and_wait("next"), positions.back());
}

TEST(Journal, PositionsAreNewAfterEveryFileWasLost) {
  JournalOnMemory test;
  test.clock.set(from_unix_millis(1'000'000));
  test.must_open();
  const auto before = *test.journal->append_and_wait("gone");
  test.journal.reset();
  for (const auto& file : test.disk.files()) ASSERT_TRUE(test.disk.remove(file).ok());
  test.clock.advance(Millis(1000));
  test.must_open();
  EXPECT_GT(*test.journal->append_and_wait("new"), before);
}

TEST(Journal, PositionsGrowWhenTheClockGoesBack) {
  JournalOnMemory test;
  test.clock.set(from_unix_millis(1'800'000'000'000));
  test.must_open();
  const auto before = *test.journal->append_and_wait("a");
  test.clock.set(from_unix_millis(1'700'000'000'000));
  test.must_open();
  const auto after = *test.journal->append_and_wait("b");
  EXPECT_GT(after, before);
  EXPECT_LT(after.value, 1ull << 53);
}

TEST(Journal, StateTellsFiguresForHealth) {
  JournalOnMemory test;
  test.clock.set(from_unix_millis(5000));
  test.must_open();
  EXPECT_EQ(test.journal->state().last_durable, Position{});
  EXPECT_FALSE(test.journal->state().oldest);
  const auto first = *test.journal->append_and_wait("a");
  const auto last = *test.journal->append_and_wait("b");
  const auto state = test.journal->state();
  EXPECT_EQ(state.first_kept, first);
  EXPECT_EQ(state.last_durable, last);
  EXPECT_EQ(state.oldest, from_unix_millis(5000));
  EXPECT_EQ(state.appends, 2u);
  EXPECT_EQ(state.commits, 2u);
  EXPECT_EQ(state.queued_bytes, 0u);
  EXPECT_TRUE(state.fsync_ok);
  EXPECT_TRUE(state.disk_ok);
  EXPECT_FALSE(state.full);
}

TEST(Journal, DestructionCommitsWhatWasAppended) {
  JournalOnMemory test;
  test.must_open();
  std::atomic<int> done = 0;
  for (int i = 0; i < 50; ++i) {
    test.journal->append(numbered(i), [&](const Result<Position>& result) { done += result.ok(); });
  }
  test.journal.reset();
  EXPECT_EQ(done, 50);
  test.must_open();
  EXPECT_EQ(read_all(*test.journal).size(), 50u);
}

TEST(Journal, ManyAppendersAreAllAcknowledgedAndShareTheirSyncs) {
  const TemporaryFolder folder;
  JournalOptions options;
  options.folder = folder.path() / "journal";
  options.segment_bytes = 64 << 10;
  options.max_bytes = 64 << 20;
  auto journal = Journal::open(options);
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  constexpr int kAtOnce = 10;
  Mutex mutex;
  std::map<Position, std::string> acknowledged;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; i += kAtOnce) {
        std::atomic<int> left = kAtOnce;
        Position last;  // touched by the committer only, until left is 0
        for (int j = i; j < i + kAtOnce; ++j) {
          const auto text = fmt::format("thread {} {}", t, numbered(j));
          (*journal)->append(text, [&, text](const Result<Position>& result) {
            ASSERT_TRUE(result.ok());
            EXPECT_GT(*result, last);
            last = *result;
            {
              MutexLock lock(mutex);
              acknowledged[*result] = text;
            }
            if (--left == 0) left.notify_one();
          });
        }
        for (int now = left; now != 0; now = left) left.wait(now);
      }
    });
  }
  // Reading goes on meanwhile and sees only whole records, in order.
  for (int i = 0; i < 20; ++i) (void)read_all(**journal);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(acknowledged.size(), kThreads * kEach);
  EXPECT_EQ(read_all(**journal), acknowledged);
  EXPECT_EQ((*journal)->state().appends, kThreads * kEach);
  EXPECT_LT((*journal)->state().commits, (*journal)->state().appends / 2);
  journal->reset();
  journal = Journal::open(options);
  ASSERT_TRUE(journal.ok());
  EXPECT_EQ(read_all(**journal), acknowledged);
}

TEST(Journal, AFolderHeldByAnotherProcessIsRefused) {
  const TemporaryFolder folder;
  JournalOptions options;
  options.folder = folder.path();
  int ready[2];
  int stop[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(stop), 0);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto held = FileLock::try_lock(folder.path() / "lock");
    char byte = held.ok() ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1 || ::read(stop[0], &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto refused = Journal::open(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kTryAgain);
  EXPECT_THAT(refused.error().message, HasSubstr("in use by another process"));
  ASSERT_EQ(::write(stop[1], &byte, 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(Journal::open(options).ok());
  for (const int fd : {ready[0], ready[1], stop[0], stop[1]}) ::close(fd);
}

TEST(Journal, ANewerFormatIsRefusedAndLeftUntouched) {
  JournalOnMemory test;
  test.must_open();
  ASSERT_TRUE(test.journal->append_and_wait("old").ok());
  test.journal.reset();
  // A newer program added a segment; even the torn tail of the old one must stay.
  const auto old = test.only_segment();
  test.disk.put(old, test.disk.bytes_of(old) + "torn");
  auto newer = encode_segment_header(
      {.name = {1 << 20, 9}, .capacity = 4096, .previous_end = {}, .created = {}});
  newer[8] = 2;
  const auto crc = crc32c(std::string_view(newer).substr(0, 12));
  newer.replace(12, 4, reinterpret_cast<const char*>(&crc), 4);
  const auto newer_path = test.options.folder / format_segment_name({1 << 20, 9});
  test.disk.put(newer_path, newer);
  test.disk.put(newer_path.string() + ".tmp", "unfinished");
  const auto files = test.disk.files();
  const auto old_bytes = test.disk.bytes_of(old);

  const auto refused = test.open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadData);
  EXPECT_THAT(refused.error().message, HasSubstr("is of journal format 2"));
  EXPECT_EQ(test.disk.files(), files);
  EXPECT_EQ(test.disk.bytes_of(old), old_bytes);
  EXPECT_EQ(test.disk.bytes_of(newer_path), newer);
}

TEST(Journal, RenamedAndCopiedSegmentsAreRefused) {
  JournalOnMemory test;
  test.must_open();
  ASSERT_TRUE(test.journal->append_and_wait("a").ok());
  test.journal.reset();
  const auto path = test.only_segment();
  const auto renamed = test.options.folder / format_segment_name({1 << 20, 1});
  ASSERT_TRUE(test.disk.rename(path, renamed).ok());
  auto refused = test.open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadData);
  ASSERT_TRUE(test.disk.rename(renamed, path).ok());

  test.disk.put(test.options.folder / format_segment_name({0, 77}), "foreign");
  refused = test.open();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("claim the same positions"));
}

TEST(Journal, ContradictingOptionsAreRefused) {
  JournalOnMemory test;
  test.options.max_bytes = test.options.segment_bytes;
  EXPECT_EQ(test.open().error().kind, ErrorKind::kConfiguration);
  test.options.segment_bytes = 100;
  EXPECT_EQ(test.open().error().kind, ErrorKind::kConfiguration);
}

}  // namespace
}  // namespace candor
