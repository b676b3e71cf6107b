#include "base/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace candor {
namespace {

TEST(Digest, HashesOfKnownTexts) {
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, HmacOfTheVectorsOfRfc4231) {
  EXPECT_EQ(Hmac("Jefe").hex("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // A key longer than a block is hashed first.
  EXPECT_EQ(
      Hmac(std::string(131, '\xaa')).hex("Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, BytesAsTextAndBack) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string("ab"), std::string("\0\xff\x10", 3)}) {
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
  EXPECT_FALSE(from_base64("abc"));
  EXPECT_FALSE(from_base64("a!=="));
}

TEST(Digest, UuidsAreOfVersionFourAndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto uuid = random_uuid();
    EXPECT_TRUE(is_uuid(uuid));
    EXPECT_EQ(uuid[14], '4');
    EXPECT_TRUE(seen.insert(uuid).second);
  }
  EXPECT_FALSE(is_uuid("70B28F00-e38f-41b2-a723-aab344f535b9"));
  EXPECT_FALSE(is_uuid("70b28f00e38f41b2a723aab344f535b9"));
}

TEST(Hex, IsOfLowerCaseDigits) {
  for (const auto* text : {"", "0", "09afbc"}) EXPECT_TRUE(is_hex(text)) << text;
  for (const auto* text : {"A", "0g", "0x1", " 0", "-"}) EXPECT_FALSE(is_hex(text)) << text;
}

TEST(RandomShare, IsAnotherOneEachTimeAndLessThanOne) {
  double least = 1, most = 0;
  for (int i = 0; i < 1'000; ++i) {
    const auto share = random_share();
    least = std::min(least, share);
    most = std::max(most, share);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_LT(least, 0.1);
  EXPECT_GT(most, 0.9);
}

}  // namespace
}  // namespace candor
