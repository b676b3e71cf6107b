#include "wire/snappy.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Snappy, WhatWasPackedComesBack) {
  for (const auto& text : {std::string(), std::string("a"), std::string(100'000, 'x')})
    EXPECT_EQ(*unsnappy(snappy_block(text), 100'000), text);
}

TEST(Snappy, ALengthThatIsNotAllowedIsRefusedBeforeAnythingIsAllocated) {
  EXPECT_FALSE(unsnappy(snappy_block(std::string(101, 'x')), 100).ok());
  EXPECT_TRUE(unsnappy(snappy_block(std::string(100, 'x')), 100).ok());
  // 4 GiB, and one that so small a block cannot hold.
  EXPECT_FALSE(unsnappy("\xff\xff\xff\xff\x0f", UINT64_MAX).ok());
  EXPECT_FALSE(unsnappy("\x80\x80\x80\x04", 8u << 20).ok());
}

TEST(Snappy, DamagedBlocksAreRefused) {
  EXPECT_FALSE(unsnappy("", 100).ok());
  EXPECT_FALSE(unsnappy("rubbish", 200).ok());
  const auto block = snappy_block("a text that is long enough to be cut, to be cut, to be cut");
  EXPECT_FALSE(unsnappy(std::string_view(block).substr(0, block.size() - 1), 100).ok());
  EXPECT_FALSE(unsnappy(block + "x", 100).ok());
}

}  // namespace
}  // namespace candor
