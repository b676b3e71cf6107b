// Versions as people write them, the older one first.
#include "base/version_order.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(VersionOrder, NumbersCountAndWordsComeBefore) {
  constexpr std::string_view kOrdered[] = {
      "",           "0.9",   "1.2.0-alpha", "1.2.0-rc1", "1.2.0-rc2",
      "1.2.0-rc10", "1.2.0", "1.2.0.post1", "1.2.1",     "1.2.9",
      "1.2.10",     "1.10",  "2",           "10.0",      "99999999999999999999999"};
  for (std::size_t i = 0; i < std::size(kOrdered); ++i) {
    EXPECT_TRUE(compare_versions(kOrdered[i], kOrdered[i]) == 0) << kOrdered[i];
    for (std::size_t j = i + 1; j < std::size(kOrdered); ++j) {
      EXPECT_TRUE(compare_versions(kOrdered[i], kOrdered[j]) < 0)
          << kOrdered[i] << " " << kOrdered[j];
      EXPECT_TRUE(compare_versions(kOrdered[j], kOrdered[i]) > 0)
          << kOrdered[i] << " " << kOrdered[j];
    }
  }
}

TEST(VersionOrder, WhatSaysTheSameIsEqual) {
  EXPECT_TRUE(compare_versions("v1.2", "1.2") == 0);
  EXPECT_TRUE(compare_versions("1.02", "1-2") == 0);
  EXPECT_TRUE(compare_versions("1.2", "1.2.0") != 0);
}

}  // namespace
}  // namespace candor
