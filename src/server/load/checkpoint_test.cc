#include "server/load/checkpoint.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace candor {
namespace {

class CheckpointTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
  const Path file_ = folder_.path() / "checkpoint.json";
};

TEST_F(CheckpointTest, ANewOneHasARandomNameAndNothingLoaded) {
  const auto first = read_checkpoint(file_), second = read_checkpoint(file_);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(is_uuid(first->journal));
  EXPECT_NE(first->journal, second->journal);
  EXPECT_EQ(first->loaded, Position{});
  EXPECT_EQ(first->pending, Position{});
}

TEST_F(CheckpointTest, ComesBackAsItWasWritten) {
  const Checkpoint checkpoint{random_uuid(), {4096}, {1ull << 60}, random_uuid()};
  ASSERT_TRUE(write_checkpoint(file_, checkpoint).ok());
  const auto read = read_checkpoint(file_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->journal, checkpoint.journal);
  EXPECT_EQ(read->loaded, checkpoint.loaded);
  EXPECT_EQ(read->pending, checkpoint.pending);
  EXPECT_EQ(read->block, checkpoint.block);
}

TEST_F(CheckpointTest, OneOfAVersionThatNamedNoBlockIsRead) {
  const std::string text =
      R"({"journal":"70b28f00-e38f-41b2-a723-aab344f535b9","loaded":5,"pending":6})";
  ASSERT_TRUE(write_file(file_, text).ok());
  const auto read = read_checkpoint(file_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->block, "");
}

TEST_F(CheckpointTest, ADamagedOneIsAnErrorThatNamesTheFile) {
  const std::string name = R"("journal":"70b28f00-e38f-41b2-a723-aab344f535b9")";
  for (const auto& text :
       {std::string(), std::string("nothing"), std::string("{}"), std::string("[1]"),
        "{" + name + "}", "{" + name + R"(,"loaded":5})", "{" + name + R"(,"pending":5})",
        "{" + name + R"(,"loaded":"5","pending":"5"})", "{" + name + R"(,"loaded":6,"pending":5})",
        "{" + name + R"(,"loaded":-1,"pending":5})", "{" + name + R"(,"loaded":-2,"pending":-1})",
        "{" + name + R"(,"loaded":5,"pending":5.5})",
        std::string(R"({"journal":"j","loaded":5,"pending":5})"),
        "{" + name + R"(,"loaded":5,"pending":5,"block":"b"})",
        "{" + name + R"(,"loaded":5,"pen)"}) {
    ASSERT_TRUE(write_file(file_, text).ok());
    const auto read = read_checkpoint(file_);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kBadData);
    EXPECT_NE(read.error().message.find(file_.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace candor
