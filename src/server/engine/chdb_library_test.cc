#include "server/engine/chdb_library.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(FindChdbLibrary, TheEnvironmentsPathIsTheOnlyOneLookedAt) {
  const TemporaryFolder folder;
  const Path file = folder.path() / "libchdb.so";
  EXPECT_FALSE(find_chdb_library(file, "/usr/bin/candor").ok());
  ASSERT_TRUE(write_file(file, "").ok());
  EXPECT_EQ(*find_chdb_library(file, "/usr/bin/candor"), file);
}

TEST(FindChdbLibrary, AnInstalledLibraryIsBesideTheProgram) {
  const TemporaryFolder folder;
  const Path lib = folder.path() / "lib/candor";
  ASSERT_TRUE(make_folder(lib).ok());
  ASSERT_TRUE(write_file(lib / "libchdb.so", "").ok());
  EXPECT_EQ(*find_chdb_library("", folder.path() / "bin/candor"), lib / "libchdb.so");
}

TEST(FindChdbLibrary, WithoutOneTheErrorSaysWhereAndWhatToDo) {
  const TemporaryFolder folder;
  const auto file = find_chdb_library("", folder.path() / "build/candor");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(file.error().message.find("node_modules/@chdb/lib-linux-"), std::string::npos);
  EXPECT_NE(file.error().message.find("make deps"), std::string::npos);
}

TEST(ChdbLibrary, AFileThatIsNoLibraryIsRefused) {
  const TemporaryFolder folder;
  const Path file = folder.path() / "libchdb.so";
  ASSERT_TRUE(write_file(file, "not a library").ok());
  const auto library = ChdbLibrary::load(file);
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace candor
