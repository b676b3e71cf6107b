#include "server/record/seen.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "server/record/limits.h"

namespace candor {
namespace {

constexpr RecordKey kFirst{1, 10}, kSecond{2, 20}, kThird{3, 30};

Instant noon(std::string_view day) { return *parse_day(day) + std::chrono::hours(12); }

SeenDocuments opened(const Path& folder, Instant now) {
  auto seen = SeenDocuments::open(folder, now, kSeenDays);
  EXPECT_TRUE(seen.ok()) << seen.error().message;
  return *std::move(seen);
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
  EXPECT_FALSE(seen.contains({kFirst.high + 1, kFirst.low}));
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
  ASSERT_TRUE(seen.sync().ok());
  ASSERT_TRUE(seen.forget_old(first + kSeenDays).ok());
  EXPECT_TRUE(seen.contains(kFirst));
  ASSERT_TRUE(seen.forget_old(first + kSeenDays + std::chrono::days(1)).ok());
  EXPECT_FALSE(seen.contains(kFirst));
  EXPECT_TRUE(seen.contains(kSecond));
  EXPECT_EQ(*list_files(folder.path()), std::vector<std::string>{"2026-10-20"});
  EXPECT_EQ(opened(folder.path(), later + kSeenDays + std::chrono::days(1)).size(), 0u);
  EXPECT_TRUE(list_files(folder.path())->empty());
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
