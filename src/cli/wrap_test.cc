#include "cli/wrap.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Wrapped, BreaksAtSpacesAndIndentsWhatFollows) {
  EXPECT_EQ(wrapped("one two three", 8, 2), "one two\n  three");
  EXPECT_EQ(wrapped("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(wrapped("two three", 10, 4, 4), "two\n    three");
}

TEST(Wrapped, WhatFitsOrMayNotBeBrokenStays) {
  EXPECT_EQ(wrapped("one two", 7), "one two");
  EXPECT_EQ(wrapped("one two", 0), "one two");
  EXPECT_EQ(wrapped("https://telemetry.example.com x", 5), "https://telemetry.example.com\nx");
  EXPECT_EQ(wrapped("", 5), "");
}

TEST(Wrapped, LinesOfTheTextStayLinesAndAreIndented) {
  EXPECT_EQ(wrapped("a\nb\n", 0, 3), "a\n   b\n");
  EXPECT_EQ(wrapped("a\n\nb", 20), "a\n\nb");
  EXPECT_EQ(wrapped("  kept in front", 20), "  kept in front");
}

TEST(Wrapped, AWidthIsOfCharactersNotOfBytes) {
  EXPECT_EQ(wrapped("äöü äöü", 7), "äöü äöü");
  EXPECT_EQ(wrapped("äöü äöü", 6), "äöü\näöü");
}

}  // namespace
}  // namespace candor
