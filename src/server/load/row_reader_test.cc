#include "server/load/row_reader.h"

#include <gtest/gtest.h>

#include "server/load/row_binary.h"

namespace candor {
namespace {

TEST(RowReader, ReadsWhatRowBinaryWrites) {
  RowBinary rows;
  rows.u64(~0ull - 1).text("").text(std::string(300, 'x')).u64(3);
  RowReader reader(rows.bytes());
  EXPECT_EQ(reader.u64(), ~0ull - 1);
  EXPECT_EQ(reader.text(), "");
  EXPECT_EQ(reader.text(), std::string(300, 'x'));
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.fixed(8).size(), 8u);
  EXPECT_TRUE(reader.done());
}

TEST(RowReader, BytesThatEndEarlyAreNoHarm) {
  RowReader reader(
      "\x05"
      "ab");
  EXPECT_EQ(reader.text(), "ab");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.u64(), 0u);
  EXPECT_LE(RowReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").text().size(), 1u);
}

}  // namespace
}  // namespace candor
