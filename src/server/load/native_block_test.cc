#include "server/load/native_block.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

using namespace std::string_literals;

TEST(NativeBlock, IsItsColumnsOneBehindTheOther) {
  NativeBlock block({{"id", "UInt64"}, {"name", "String"}, {"on", "Date"}});
  block[0].u64(7);
  block[0].u64(8);
  block[1].text("a");
  block[1].text(std::string(128, 'x'));
  block[2].date(20'778);
  block[2].date(1);
  block.add_rows(2);
  EXPECT_EQ(block.take(), "\3\2\2id\6UInt64\7\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0"s +
                              "\4name\6String\1a\x80\1"s + std::string(128, 'x') +
                              "\2on\4Date\x2a\x51\1\0"s);
  EXPECT_TRUE(block.empty());
  EXPECT_EQ(block.take(), "");
}

TEST(NativeBlock, AValueIsRepeatedAsItIsWritten) {
  NativeBlock block(std::vector<NativeColumn>{{"n", "UInt8"}});
  block[0].repeat("\5", 3);
  block[0].repeat("\6", 0);
  block.add_rows(3);
  EXPECT_EQ(block.take(), "\1\3\1n\5UInt8\5\5\5"s);
}

TEST(NativeBlock, IsTakenAPieceAtATime) {
  NativeBlock block(std::vector<NativeColumn>{{"n", "UInt8"}});
  std::string piece = "what was in it";
  for (const char n : {5, 6}) {
    block[0].u8(static_cast<std::uint8_t>(n));
    block.add_rows(1);
    EXPECT_EQ(block.size(), 1u);
    block.take(piece);
    EXPECT_EQ(piece, "\1\1\1n\5UInt8"s + n);
  }
  block.take(piece);
  EXPECT_EQ(piece, "");
}

TEST(NativeBlock, ManyRowsAreSeveralBlocksOneBehindTheOther) {
  NativeBlock block(std::vector<NativeColumn>{{"n", "UInt8"}});
  for (std::size_t i = 0; i < kRowsOfNativeBlock + 1; ++i) {
    block[0].u8(7);
    block.add_rows(1);
  }
  EXPECT_EQ(block.take(),
            "\1\x80\x20\1n\5UInt8"s + std::string(kRowsOfNativeBlock, '\7') + "\1\1\1n\5UInt8\7"s);
  EXPECT_TRUE(block.empty());
}

}  // namespace
}  // namespace candor
