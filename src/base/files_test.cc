#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace candor {
namespace {

TEST(Files, AWrittenFileIsReadBackAndPrivate) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "state";
  ASSERT_TRUE(write_file(path, "one").ok());
  ASSERT_TRUE(write_file(path, "two").ok());
  EXPECT_EQ(*read_file(path), "two");
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(list_files(folder.path())->size(), 1u) << "no temporary file stays behind";
}

TEST(Files, ErrorsNameThePathAndTellMissingFromForbidden) {
  const TemporaryFolder folder;
  const auto missing = read_file(folder.path() / "nothing");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().message.find("nothing"), std::string::npos);
  ASSERT_TRUE(write_file(folder.path() / "file", "x").ok());
  EXPECT_EQ(make_folder(folder.path() / "file").error().kind, ErrorKind::kCannotCreate);
}

TEST(Files, WhatCannotBeMadeIsNamedAsItWasAskedFor) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "nowhere/report";
  const auto written = write_file(path, "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, ErrorKind::kCannotCreate);
  EXPECT_EQ(written.error().message, "cannot create " + path.string() + ": there is no folder " +
                                         path.parent_path().string());
}

TEST(Files, WhoMayNotReadIsToldWhoseItIs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  ASSERT_TRUE(write_file(path, "x").ok());
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  ASSERT_EQ(::seteuid(65534), 0);
  const auto text = read_file(path);
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().message, "cannot open " + path.string() + ": Permission denied (" +
                                      path.string() +
                                      " belongs to root; run this with sudo, or as root)");
}

TEST(Files, AFileBeyondTheLimitIsNotRead) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "big", std::string(1000, 'x')).ok());
  EXPECT_EQ(read_file(folder.path() / "big", 999).error().kind, ErrorKind::kBadData);
  EXPECT_TRUE(read_file(folder.path() / "big", 1000).ok());
}

TEST(Files, ALockIsHeldOnceAndGoesWithItsOwner) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  {
    const auto first = FileLock::try_lock(path);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(FileLock::try_lock(path).error().kind, ErrorKind::kTryAgain);
  }
  EXPECT_TRUE(FileLock::try_lock(path).ok());
}

}  // namespace
}  // namespace candor
