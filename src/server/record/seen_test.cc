#include "server/record/seen.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "server/record/limits.h"

namespace candor {
namespace {

constexpr RecordKey kFirst{1, 10}, kSecond{2, 20}, kThird{3, 30};

Instant noon(std::string_view day) { return *parse_day(day) + std::chrono::hours(12); }

SeenDocuments opened(const Path& folder, Instant now, std::size_t most = 1000) {
  auto seen = SeenDocuments::open(folder, now, kSeenDays, most);
  EXPECT_TRUE(seen.ok()) << seen.error().message;
  return *std::move(seen);
}

void forget_old(SeenDocuments& seen, const Path& folder, Instant now) {
  ASSERT_TRUE(SeenDocuments::remove_old(folder, seen.forget_old(now)).ok());
}

// While it lives, no file grows beyond that size: a full disk for one process.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST(SeenDocuments, AKeyIsNewOnce) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now);
  EXPECT_FALSE(seen.contains(kFirst));
  EXPECT_TRUE(seen.add(kFirst, now));
  EXPECT_FALSE(seen.add(kFirst, now));
  EXPECT_TRUE(seen.contains(kFirst));
  EXPECT_FALSE(seen.contains({kFirst.high, kFirst.low + 1}));
}

TEST(SeenDocuments, WhatWasSyncedIsKnownAfterARestart) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  {
    auto seen = opened(folder.path(), now);
    seen.add(kFirst, now);
    seen.add(kSecond, noon("2026-11-20"));
    ASSERT_TRUE(seen.sync().ok());
    seen.add(kThird, now);
  }
  EXPECT_EQ(list_files(folder.path())->size(), 2u);
  const auto again = opened(folder.path(), now);
  EXPECT_TRUE(again.contains(kFirst));
  EXPECT_TRUE(again.contains(kSecond));
  EXPECT_FALSE(again.contains(kThird));
  EXPECT_EQ(again.size(), 2u);
}

TEST(SeenDocuments, ATornFileLosesItsLastKeyOnly) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  const auto file = folder.path() / "2026-11-21";
  {
    auto seen = opened(folder.path(), now);
    seen.add(kFirst, now);
    seen.add(kSecond, now);
    ASSERT_TRUE(seen.sync().ok());
  }
  const auto bytes = *read_file(file);
  ASSERT_EQ(bytes.size(), 32u);
  ASSERT_TRUE(write_file(file, bytes.substr(0, 25)).ok());
  {
    auto seen = opened(folder.path(), now);
    EXPECT_TRUE(seen.contains(kFirst));
    EXPECT_FALSE(seen.contains(kSecond));
    seen.add(kThird, now);
    ASSERT_TRUE(seen.sync().ok());
  }
  const auto again = opened(folder.path(), now);
  EXPECT_TRUE(again.contains(kFirst));
  EXPECT_TRUE(again.contains(kThird));
  EXPECT_EQ(again.size(), 2u);
}

TEST(SeenDocuments, ADiskThatFillsInTheMiddleOfAKeyDoesNotShiftTheNext) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now);
  seen.add(kFirst, now);
  seen.add(kSecond, now);
  seen.add(kThird, now);
  {
    const FileSizeLimit full(24);
    EXPECT_FALSE(seen.sync().ok());
    EXPECT_FALSE(seen.sync().ok());
  }
  ASSERT_TRUE(seen.sync().ok());
  const auto again = opened(folder.path(), now);
  EXPECT_TRUE(again.contains(kFirst));
  EXPECT_TRUE(again.contains(kSecond));
  EXPECT_TRUE(again.contains(kThird));
  EXPECT_EQ(again.size(), 3u);
}

TEST(SeenDocuments, OldKeysAreForgottenInMemoryAndOnDisk) {
  const TemporaryFolder folder;
  const auto first = noon("2026-10-01"), later = noon("2026-10-20");
  auto seen = opened(folder.path(), first);
  seen.add(kFirst, first);
  seen.add(kSecond, later);
  seen.add({4, 40}, later + std::chrono::days(1));
  seen.add(kThird, later + std::chrono::days(2));
  ASSERT_TRUE(seen.sync().ok());
  forget_old(seen, folder.path(), first + kSeenDays);
  EXPECT_TRUE(seen.contains(kFirst));
  forget_old(seen, folder.path(), first + kSeenDays + std::chrono::days(1));
  EXPECT_FALSE(seen.contains(kFirst));
  EXPECT_TRUE(seen.contains(kSecond));
  EXPECT_EQ(*list_files(folder.path()),
            (std::vector<std::string>{"2026-10-20", "2026-10-21", "2026-10-22"}));
}

TEST(SeenDocuments, AClockThatJumpsAheadMakesNothingOld) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21"), jumped = now + std::chrono::days(100);
  auto seen = opened(folder.path(), now);
  seen.add(kFirst, now);
  ASSERT_TRUE(seen.sync().ok());
  forget_old(seen, folder.path(), jumped);
  EXPECT_FALSE(seen.add(kFirst, jumped));
  seen.add(kSecond, jumped);
  ASSERT_TRUE(seen.sync().ok());
  // Back again, and days go on: what came lately is known, whatever stands in the future.
  const auto next = now + std::chrono::days(1);
  seen.add(kThird, next);
  ASSERT_TRUE(seen.sync().ok());
  forget_old(seen, folder.path(), next);
  for (const auto& one : {kFirst, kSecond, kThird}) {
    EXPECT_TRUE(seen.contains(one));
    EXPECT_TRUE(opened(folder.path(), jumped).contains(one));
  }
}

RecordKey key(std::uint64_t number) { return {number, number * 0x9e3779b97f4a7c15}; }

TEST(SeenDocuments, AtTheLimitTheOldestKeysGoAndAreCounted) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now, 800);
  for (std::uint64_t i = 0; i < 800; ++i) seen.add(key(i), now);
  EXPECT_EQ(seen.size(), 800u);
  EXPECT_EQ(seen.let_go(), 0u);
  EXPECT_TRUE(seen.contains(key(0)));
  seen.add(key(800), now);
  EXPECT_EQ(seen.size(), 701u);
  EXPECT_EQ(seen.let_go(), 100u);
  EXPECT_FALSE(seen.contains(key(99)));
  EXPECT_TRUE(seen.contains(key(100)));
  EXPECT_TRUE(seen.contains(key(800)));
  for (std::uint64_t i = 801; i < 100'000; ++i) seen.add(key(i), now);
  EXPECT_LE(seen.size(), 800u);
  EXPECT_EQ(seen.size() + seen.let_go(), 100'000u);
  EXPECT_LE(seen.bytes(), 9 * 1024 * 16 + 800 * 16u) << "what is in no file counts, too";
}

TEST(SeenDocuments, KeysWhoseDaysAreOverAreNotMissed) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now, 800);
  for (std::uint64_t i = 0; i < 400; ++i) seen.add(key(i), now);
  const auto later = now + kSeenDays + std::chrono::days(1);
  forget_old(seen, folder.path(), later);
  EXPECT_TRUE(seen.contains(key(0))) << "of the last days on which any came";
  for (std::uint64_t i = 400; i < 1200; ++i) seen.add(key(i), later);
  EXPECT_FALSE(seen.contains(key(0)));
  EXPECT_EQ(seen.let_go(), 0u);
  seen.add(key(1200), later);
  EXPECT_EQ(seen.let_go(), 100u);
}

TEST(SeenDocuments, AfterARestartTheNewestKeysAreKnown) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  {
    auto seen = opened(folder.path(), now, 10'000);
    for (std::uint64_t i = 0; i < 500; ++i) seen.add(key(i), now - std::chrono::days(1));
    for (std::uint64_t i = 500; i < 2000; ++i) seen.add(key(i), now);
    ASSERT_TRUE(seen.sync().ok());
  }
  const auto again = opened(folder.path(), now, 800);
  EXPECT_LE(again.size(), 800u);
  EXPECT_GT(again.size(), 600u);
  EXPECT_EQ(again.let_go(), 0u);
  EXPECT_TRUE(again.contains(key(1999)));
  EXPECT_TRUE(again.contains(key(1400)));
  EXPECT_FALSE(again.contains(key(1000)));
  EXPECT_FALSE(again.contains(key(499)));
}

TEST(SeenDocuments, AFileKeepsTheNewestKeysOfItsDay) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now, 80);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    seen.add(key(i), now);
    ASSERT_TRUE(seen.sync().ok());
  }
  EXPECT_LE(read_file(folder.path() / "2026-11-21")->size(), 2 * 80 * 16u);
  const auto again = opened(folder.path(), now, 80);
  EXPECT_EQ(again.size(), 80u);
  EXPECT_TRUE(again.contains(key(999)));
  EXPECT_TRUE(again.contains(key(920)));
}

TEST(KeySet, GrowsAndForgetsNothing) {
  KeySet keys;
  EXPECT_FALSE(keys.contains({}));
  // All of them fall into one part of the table, some onto one place.
  for (std::uint64_t i = 0; i < 5'000; ++i) EXPECT_TRUE(keys.insert({7, i << 5}));
  for (std::uint64_t i = 0; i < 5'000; ++i) EXPECT_FALSE(keys.insert({7, i << 5}));
  EXPECT_TRUE(keys.contains({}));
  EXPECT_FALSE(keys.contains({7, 33}));
  EXPECT_EQ(keys.size(), 5'000u);
  EXPECT_LE(keys.bytes(), 5'000 * 8 * 8 / 3u);
}

std::vector<std::uint64_t> in_order(const KeySet& keys) {
  std::vector<std::uint64_t> halves;
  keys.in_order([&](std::uint64_t half) { halves.push_back(half); });
  return halves;
}

TEST(KeySet, IsReadInOrder) {
  KeySet keys;
  EXPECT_TRUE(in_order(keys).empty());
  for (std::uint64_t i = 0; i < 600; ++i) keys.insert(key(i));
  // These find no place at the end of the table and go on at its beginning, before those.
  for (std::uint64_t i = 0; i < 50; ++i) keys.insert({7, UINT64_MAX - i});
  for (std::uint64_t i = 0; i < 50; ++i) keys.insert({7, i});
  const auto halves = in_order(keys);
  EXPECT_EQ(halves.size(), keys.size());
  EXPECT_TRUE(std::ranges::is_sorted(halves));
  EXPECT_EQ(halves.back(), UINT64_MAX);
  for (const auto half : halves) EXPECT_TRUE(keys.contains({7, half}));
}

TEST(KeyFile, KnowsItsKeysInLittleMemory) {
  const TemporaryFolder folder;
  KeySet keys;
  constexpr std::uint64_t kKeys = 20'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) keys.insert(key(i));
  const auto file = KeyFile::write(folder.path(), keys);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->size(), keys.size());
  for (std::uint64_t i = 0; i < kKeys; ++i) EXPECT_TRUE(file->contains(key(i))) << i;
  for (std::uint64_t i = kKeys; i < 10 * kKeys; ++i) EXPECT_FALSE(file->contains(key(i))) << i;
  EXPECT_FALSE(file->contains({0, 2}));
  EXPECT_FALSE(file->contains({0, UINT64_MAX}));
  EXPECT_LE(file->bytes(), kKeys * 21 / 10);
  EXPECT_TRUE(list_files(folder.path())->empty()) << "it has no name";
}

TEST(KeyFile, MayBeOfOneKey) {
  const TemporaryFolder folder;
  KeySet keys;
  keys.insert({});
  const auto file = KeyFile::write(folder.path(), keys);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_TRUE(file->contains({}));
  EXPECT_FALSE(file->contains(kSecond));
}

TEST(SeenDocuments, FullSetsAreKnownFromFiles) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now, 40'000);
  for (std::uint64_t i = 0; i < 39'000; ++i) seen.add(key(i), now);
  ASSERT_TRUE(seen.sync().ok());
  const auto before = seen.bytes();
  {
    const FileSizeLimit full(1000);
    seen.move_full_sets();
  }
  EXPECT_EQ(seen.bytes(), before) << "a disk that is full moves nothing, and loses nothing";
  seen.move_full_sets();
  EXPECT_LT(seen.bytes(), before / 3);
  for (std::uint64_t i = 0; i < 39'000; ++i) EXPECT_FALSE(seen.add(key(i), now)) << i;
  EXPECT_EQ(seen.size(), 39'000u);
  for (std::uint64_t i = 39'000; i < 41'000; ++i) EXPECT_TRUE(seen.add(key(i), now)) << i;
  EXPECT_EQ(seen.let_go(), 5'000u);
  EXPECT_FALSE(seen.contains(key(4'999)));
  EXPECT_TRUE(seen.contains(key(5'000)));
  const auto again = opened(folder.path(), now, 40'000);
  EXPECT_EQ(again.size(), 39'000u);
  EXPECT_LT(again.bytes(), before / 3) << "files are made at the start, too";
  EXPECT_TRUE(again.contains(key(0)));
}

TEST(SeenDocuments, ASetThatWasForgottenIsNotPutBack) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now, 40'000);
  for (std::uint64_t i = 0; i < 5'001; ++i) seen.add(key(i), now);
  const auto keys = seen.full_set();
  ASSERT_NE(keys, nullptr);
  for (std::uint64_t i = 5'001; i < 40'001; ++i) seen.add(key(i), now);
  auto file = KeyFile::write(folder.path(), *keys);
  ASSERT_TRUE(file.ok());
  seen.replace(keys, *std::move(file));
  EXPECT_FALSE(seen.contains(key(0)));
  EXPECT_EQ(seen.size(), 35'001u);
}

TEST(SeenDocuments, FilesCoverTheJournalWhileTheyAreWhole) {
  const TemporaryFolder folder;
  const auto now = noon("2026-11-21");
  auto seen = opened(folder.path(), now);
  EXPECT_EQ(seen.covered(), Position{});
  seen.add(kFirst, now);
  seen.add(kSecond, now);
  ASSERT_TRUE(seen.sync().ok());
  ASSERT_TRUE(SeenDocuments::cover(folder.path(), Position{7}).ok());
  EXPECT_EQ(opened(folder.path(), now).covered(), Position{7});
  seen.add(kThird, now);
  ASSERT_TRUE(seen.sync().ok());
  EXPECT_EQ(opened(folder.path(), now).covered(), Position{7});
  const auto file = folder.path() / "2026-11-21";
  ASSERT_TRUE(write_file(file, read_file(file)->substr(0, 16)).ok());
  EXPECT_EQ(opened(folder.path(), now).covered(), Position{});
  ASSERT_TRUE(remove_file(file).ok());
  EXPECT_EQ(opened(folder.path(), now).covered(), Position{});
  ASSERT_TRUE(write_file(folder.path() / "covered.json", "[7]").ok());
  EXPECT_EQ(opened(folder.path(), now).covered(), Position{});
}

TEST(SeenDocuments, AKeyIsRememberedAsLongAsItsReportMayCome) {
  // A report may be dated an hour ahead when it comes first, and 35 days back when it comes last.
  EXPECT_GE(kSeenDays, kOldestReport + std::chrono::days(1) + kNewestReport);
}

TEST(SeenDocuments, OtherFilesInTheFolderAreLeftAlone) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "README", "hello").ok());
  EXPECT_EQ(opened(folder.path(), noon("2026-11-21")).size(), 0u);
  EXPECT_EQ(*read_file(folder.path() / "README"), "hello");
}

}  // namespace
}  // namespace candor
