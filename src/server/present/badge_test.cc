#include "server/present/badge.h"

#include <gtest/gtest.h>

#include "server/present/limits.h"

namespace candor {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Badge, SaysWhatAndHowWithTheColourOfIt) {
  const auto badge = badge_svg("tap-x", "1.2.3", Verdict::kFailing);
  EXPECT_TRUE(has(badge, "<title>tap-x 1.2.3: failing</title>"));
  EXPECT_TRUE(has(badge, R"(aria-label="tap-x 1.2.3: failing")"));
  EXPECT_TRUE(has(badge, "#b3261e"));
  EXPECT_TRUE(has(badge_svg("tap-x", "", Verdict::kHealthy), "<title>tap-x: healthy</title>"));
  EXPECT_TRUE(has(badge_svg("tap-x", "", Verdict::kHealthy), "#1a7f37"));
  EXPECT_TRUE(has(badge_svg("tap-x", "", Verdict::kDegraded), "#9a6700"));
  EXPECT_TRUE(has(badge_svg("tap-x", "", Verdict::kUnknown), ">unknown<"));
}

TEST(Badge, ANameIsTextWhateverItHolds) {
  const auto badge = badge_svg("<script>&\"\n", "", Verdict::kHealthy);
  EXPECT_TRUE(has(badge, "&lt;script>&amp;&quot; : healthy"));
  EXPECT_FALSE(has(badge, "<script"));
  for (const auto* broken : {"\xf0<b>", "\x80<b>", "\xc3<b>", "\xed\xa0\x80<b>", "\xe0\x80\xbc<b>"})
    EXPECT_FALSE(has(badge_svg(broken, "", Verdict::kHealthy), "<b>")) << broken;
}

TEST(Badge, WhatIsTooLongIsCutBetweenCharacters) {
  std::string name;
  for (std::size_t i = 0; i <= kMaxBadgeCharacters; ++i) name += "ä";
  const auto badge = badge_svg(name, "", Verdict::kHealthy);
  EXPECT_TRUE(has(badge, "ä…: healthy"));
  EXPECT_TRUE(has(badge_svg("a\xc3", "", Verdict::kHealthy), "<title>a\ufffd: healthy"));
}

}  // namespace
}  // namespace candor
