#include "wire/basic_auth.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "wire/limits.h"

namespace candor {
namespace {

using Outcome = PasswordCheck::Outcome;

constexpr auto kBegin = PasswordCheck::Moment(std::chrono::hours(1));

class PasswordCheckTest : public testing::Test {
 protected:
  Outcome check(std::string user, std::string password, std::string_view peer = "192.0.2.1",
                std::chrono::seconds after = {}) {
    return check_.check(users_, {std::move(user), std::move(password)}, peer, kBegin + after)
        .outcome;
  }
  void guess(int times, std::string_view peer) {
    for (int i = 0; i < times; ++i) EXPECT_EQ(check("anna", "guess", peer), Outcome::kWrong);
  }

  UserHashes users_ = {{"anna", bcrypt("correct horse", 4)}};
  PasswordCheck check_;
};

TEST_F(PasswordCheckTest, OneUserOnePassword) {
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(check("anna", "correct horse"), Outcome::kRight);
    EXPECT_EQ(check("anna", "wrong horse"), Outcome::kWrong);
    EXPECT_EQ(check("nobody", "correct horse"), Outcome::kWrong);
  }
}

TEST_F(PasswordCheckTest, AChangedPasswordIsNotRemembered) {
  EXPECT_EQ(check("anna", "correct horse"), Outcome::kRight);
  EXPECT_TRUE(check_.knows(users_, {"anna", "correct horse"}));
  users_["anna"] = bcrypt("second one", 4);
  EXPECT_FALSE(check_.knows(users_, {"anna", "correct horse"}));
  EXPECT_EQ(check("anna", "correct horse"), Outcome::kWrong);
}

TEST_F(PasswordCheckTest, ANetworkThatGuessesHasToWaitLongerEachTime) {
  guess(static_cast<int>(kFreeFailures), "192.0.2.1");
  const auto now = check_.check(users_, {"anna", "correct horse"}, "192.0.2.77", kBegin);
  EXPECT_EQ(now.outcome, Outcome::kWait);
  EXPECT_EQ(now.wait, kFirstPasswordWait);
  EXPECT_EQ(check("anna", "guess", "192.0.2.1", std::chrono::seconds(1)), Outcome::kWrong);
  const auto then =
      check_.check(users_, {"anna", "guess"}, "192.0.2.1", kBegin + std::chrono::seconds(1));
  EXPECT_EQ(then.wait, 2 * kFirstPasswordWait);
  for (int i = 0; i < 40; ++i) check("anna", "guess", "192.0.2.1", i * kLongestPasswordWait);
  EXPECT_LE(
      check_.check(users_, {"anna", "guess"}, "192.0.2.1", kBegin + 39 * kLongestPasswordWait).wait,
      kLongestPasswordWait);
}

TEST_F(PasswordCheckTest, WhoIsKnownOrElsewhereNeedNotWaitForThatNetwork) {
  EXPECT_EQ(check("anna", "correct horse"), Outcome::kRight);
  guess(static_cast<int>(kFreeFailures), "192.0.2.1");
  EXPECT_EQ(check("anna", "correct horse"), Outcome::kRight);
  EXPECT_EQ(check("anna", "guess"), Outcome::kWait);
  EXPECT_EQ(check("anna", "guess", "198.51.100.1"), Outcome::kWrong);
}

TEST_F(PasswordCheckTest, ARightPasswordEndsTheCount) {
  guess(static_cast<int>(kFreeFailures) - 1, "192.0.2.1");
  EXPECT_EQ(check("anna", "correct horse"), Outcome::kRight);
  guess(static_cast<int>(kFreeFailures), "192.0.2.1");
}

TEST(BasicAuthTest, CredentialsAreRead) {
  const auto credentials = parse_basic("Basic " + to_base64("anna:a:b"));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "anna");
  EXPECT_EQ(credentials->password, "a:b");
  EXPECT_FALSE(parse_basic("Bearer x"));
  EXPECT_FALSE(parse_basic("Basic !!!!"));
}

}  // namespace
}  // namespace candor
