#include "server/load/row_binary.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

using namespace std::string_literals;

TEST(RowBinary, NumbersAreLittleEndian) {
  EXPECT_EQ(RowBinary().u8(0xab).bytes(), "\xab");
  EXPECT_EQ(RowBinary().u16(0x0102).bytes(), "\x02\x01");
  EXPECT_EQ(RowBinary().u32(0x01020304).bytes(), "\x04\x03\x02\x01");
  EXPECT_EQ(RowBinary().u64(0x0102030405060708).bytes(), "\x08\x07\x06\x05\x04\x03\x02\x01");
  EXPECT_EQ(RowBinary().f64(1.5).bytes(), "\0\0\0\0\0\0\xf8\x3f"s);
}

TEST(RowBinary, TextHasItsLengthBeforeIt) {
  EXPECT_EQ(RowBinary().text("").bytes(), "\0"s);
  EXPECT_EQ(RowBinary().text("a\0b"s).bytes(), "\3a\0b"s);
  EXPECT_EQ(RowBinary().text(std::string(127, 'x')).bytes().substr(0, 2), "\x7fx");
  EXPECT_EQ(RowBinary().text(std::string(128, 'x')).bytes().substr(0, 3), "\x80\x01x");
  EXPECT_EQ(RowBinary().text(std::string(300, 'x')).bytes().substr(0, 3), "\xac\x02x");
  EXPECT_EQ(RowBinary().text(std::string(20'000, 'x')).bytes().substr(0, 4), "\xa0\x9c\x01x");
}

TEST(RowBinary, DaysAndTimesAreNumbers) {
  EXPECT_EQ(RowBinary().date(20'778).bytes(), "\x2a\x51");
  EXPECT_EQ(RowBinary().date_time(1'795'248'000).bytes(), RowBinary().u32(1'795'248'000).bytes());
}

TEST(RowBinary, ColumnsFollowOneAnother) {
  RowBinary rows;
  EXPECT_TRUE(rows.empty());
  rows.u8(1).text("ab").u8(2);
  EXPECT_FALSE(rows.empty());
  EXPECT_EQ(rows.bytes(), "\1\2ab\2");
}

}  // namespace
}  // namespace candor
