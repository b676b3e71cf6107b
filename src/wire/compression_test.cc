#include "wire/compression.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

constexpr std::uint64_t kMax = 1'000'000;

TEST(Compression, WhatIsPackedIsUnpackedTheSame) {
  for (const std::string& text : {std::string(), std::string("a"), std::string(500'000, 'x')}) {
    EXPECT_EQ(*decode_content("gzip", gzip(text), kMax), text);
    EXPECT_EQ(*decode_content("zstd", zstd(text), kMax), text);
    EXPECT_EQ(*decode_content("", text, kMax), text);
  }
}

TEST(Compression, ABombIsCutOffAtTheLimit) {
  const std::string zeros(50'000'000, '\0');
  EXPECT_EQ(decode_content("gzip", gzip(zeros), kMax).error().kind, ErrorKind::kBadData);
  EXPECT_EQ(decode_content("zstd", zstd(zeros), kMax).error().kind, ErrorKind::kBadData);
}

TEST(Compression, DamagedAndCutBodiesAreRefused) {
  for (const auto* coding : {"gzip", "zstd", "deflate"}) {
    const auto packed = std::string_view(coding) == "zstd" ? zstd("some text that is packed")
                                                           : gzip("some text that is packed");
    for (std::size_t length = 0; length < packed.size(); ++length) {
      EXPECT_FALSE(decode_content(coding, packed.substr(0, length), kMax).ok())
          << coding << " cut at " << length;
    }
    EXPECT_FALSE(decode_content(coding, packed + "x", kMax).ok()) << "bytes behind the end";
  }
}

TEST(Compression, AnUnknownCodingIsRefused) { EXPECT_FALSE(decode_content("br", "x", kMax).ok()); }

}  // namespace
}  // namespace candor
