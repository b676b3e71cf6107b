#include "server/ops/shared_answers.h"

#include <gtest/gtest.h>

#include "server/ops/limits.h"

namespace candor {
namespace {

class SharedAnswersTest : public testing::Test {
 protected:
  Respond into(std::string& body) {
    return Respond([&body](HttpResponse response) { body += response.body; });
  }

  SharedAnswers answers_;
  const SharedAnswers::Moment now_{};
};

TEST_F(SharedAnswersTest, OneMakesItForAllWhoWait) {
  std::string first, second, other;
  EXPECT_TRUE(answers_.wants("a", into(first), now_));
  EXPECT_FALSE(answers_.wants("a", into(second), now_));
  EXPECT_TRUE(answers_.wants("b", into(other), now_));
  EXPECT_EQ(first + second, "");
  answers_.made("a", {200, "told", "text/plain", {}}, now_);
  EXPECT_EQ(first, "told");
  EXPECT_EQ(second, "told");
  EXPECT_EQ(other, "");
}

TEST_F(SharedAnswersTest, ItIsKeptForAShortTime) {
  std::string body;
  answers_.made("a", {200, "told", "text/plain", {}}, now_);
  EXPECT_FALSE(answers_.wants("a", into(body), now_ + kOpsKeptTime - std::chrono::seconds(1)));
  EXPECT_EQ(body, "told");
  EXPECT_EQ(answers_.kept("a", now_)->body, "told");
  EXPECT_FALSE(answers_.kept("a", now_ + kOpsKeptTime));
  EXPECT_TRUE(answers_.wants("a", into(body), now_ + kOpsKeptTime));
}

TEST_F(SharedAnswersTest, WhatWentWrongIsToldAndNotKept) {
  std::string body;
  EXPECT_TRUE(answers_.wants("a", into(body), now_));
  answers_.made("a", {503, "busy", "text/plain", {}}, now_);
  EXPECT_EQ(body, "busy");
  EXPECT_TRUE(answers_.wants("a", into(body), now_));
}

TEST_F(SharedAnswersTest, OnlySoManyAreKept) {
  for (std::size_t i = 0; i <= kMaxKeptDocuments; ++i)
    answers_.made(std::to_string(i), {200, "told", "text/plain", {}}, now_);
  EXPECT_TRUE(answers_.kept(std::to_string(kMaxKeptDocuments - 1), now_));
  EXPECT_FALSE(answers_.kept(std::to_string(kMaxKeptDocuments), now_));
}

}  // namespace
}  // namespace candor
