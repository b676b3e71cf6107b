#include "cli/prompt.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Prompt, TheWordOrItsFirstLetterIsAnAnswerAndNothingElse) {
  for (const auto* yes : {"yes", "y", "Y", "YES", " yes ", "yes\r"})
    EXPECT_EQ(answer_of(yes), Answer::kYes) << yes;
  for (const auto* no : {"no", "n", "N", "No"}) EXPECT_EQ(answer_of(no), Answer::kNo) << no;
  for (const auto* other : {"", " ", "ye", "yess", "yes no", "1", "true", "ok"})
    EXPECT_EQ(answer_of(other), Answer::kNone) << other;
}

}  // namespace
}  // namespace candor
