#include "journal/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace candor {
namespace {

TEST(Crc32c, GivesTheStandardsCheckValues) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  // RFC 3720, B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, PortableAndFastAgreeAtEveryLengthAndAlignment) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(i * 37 + 11));
  for (std::size_t from = 0; from < 9; ++from) {
    for (std::size_t length = 0; from + length <= bytes.size(); ++length) {
      const auto part = std::string_view(bytes).substr(from, length);
      EXPECT_EQ(crc32c(part, 7), crc32c_portable(part, 7));
    }
  }
}

TEST(Crc32c, MayBeComputedInPieces) {
  EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

}  // namespace
}  // namespace candor
