#include "wire/remote_write.h"

#include <gtest/gtest.h>

#include <limits>

namespace candor {
namespace {

const WrittenSample kOne[] = {{1'700'000'000'000, 1.5}};

TEST(RemoteWriteMessage, TheSameSeriesMakesTheSameBytesWhateverTheOrderOfItsLabels) {
  RemoteWriteMessage one, other;
  one.add("up", {{"job", "a"}, {"zone", "z"}}, kOne);
  other.add("up", {{"zone", "z"}, {"job", "a"}}, kOne);
  EXPECT_EQ(one.block(), other.block());
  EXPECT_GT(one.bytes(), 0u);
}

TEST(RemoteWriteMessage, AnEmptyLabelIsNone) {
  RemoteWriteMessage one, other;
  one.add("up", {{"job", ""}}, kOne);
  other.add("up", {}, kOne);
  EXPECT_EQ(one.block(), other.block());
}

}  // namespace
}  // namespace candor
