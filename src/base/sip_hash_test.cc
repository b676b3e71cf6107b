#include "base/sip_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace candor {
namespace {

// The key and texts of the paper: bytes that count up.
constexpr std::uint64_t kLow = 0x0706050403020100, kHigh = 0x0f0e0d0c0b0a0908;

std::string counting(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(i);
  return text;
}

TEST(SipHash, IsThatOfThePaper) {
  EXPECT_EQ(sip_hash(counting(0), kLow, kHigh), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(sip_hash(counting(1), kLow, kHigh), 0x74f839c593dc67fdu);
  EXPECT_EQ(sip_hash(counting(8), kLow, kHigh), 0x93f5f5799a932462u);
  EXPECT_EQ(sip_hash(counting(15), kLow, kHigh), 0xa129ca6149be45e5u);
}

}  // namespace
}  // namespace candor
