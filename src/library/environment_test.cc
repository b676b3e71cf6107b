#include "library/environment.h"

#include <gtest/gtest.h>

namespace candor::library {
namespace {

TEST(LibraryEnvironment, AnythingButNothingZeroAndFalseIsAYes) {
  for (const auto* no : {"", "0", "false", "FALSE", "False"}) EXPECT_FALSE(says_yes(no)) << no;
  for (const auto* yes : {"1", "true", "yes", "00", "falsey", " "})
    EXPECT_TRUE(says_yes(yes)) << yes;
}

TEST(LibraryEnvironment, AnythingButNothingAndOnIsOff) {
  for (const auto* on : {"", "on", "ON", "On"}) EXPECT_FALSE(says_off(on)) << on;
  for (const auto* off : {"off", "OFF", "0", "false", "local", "no", "onn"})
    EXPECT_TRUE(says_off(off)) << off;
}

}  // namespace
}  // namespace candor::library
