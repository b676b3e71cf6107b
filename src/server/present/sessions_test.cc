#include "server/present/sessions.h"

#include <gtest/gtest.h>

#include "server/present/limits.h"

namespace candor {
namespace {

using std::chrono::seconds;

class SessionsTest : public testing::Test {
 protected:
  bool holds(std::string_view value, Instant at) const {
    return sessions_.check(value, users_, at).has_value();
  }

  const Sessions sessions_{std::string(32, 'k')};
  const UserHashes users_{{"anna", "$2b$05$hash-of-anna"}, {"bob", "$2b$05$hash-of-bob"}};
  const Instant now_ = from_unix_millis(1'790'000'000'000);
  const std::string value_ = sessions_.make("anna", users_.at("anna"), now_);
};

TEST_F(SessionsTest, OneThatWasMadeIsItsUsersUntilItEnds) {
  const auto session = sessions_.check(value_, users_, now_ + seconds(1));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->user, "anna");
  EXPECT_FALSE(session->is_old);
  EXPECT_TRUE(sessions_.check(value_, users_, now_ + kSessionTime / 2 + seconds(1))->is_old);
  EXPECT_TRUE(holds(value_, now_ + kSessionTime - seconds(1)));
  EXPECT_FALSE(holds(value_, now_ + kSessionTime));
}

TEST_F(SessionsTest, EveryByteOfItCounts) {
  for (std::size_t i = 0; i < value_.size(); ++i) {
    auto changed = value_;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(holds(changed, now_)) << i;
    EXPECT_FALSE(holds(value_.substr(0, i), now_)) << i;
  }
  EXPECT_FALSE(holds(value_ + "0", now_));
  EXPECT_FALSE(holds("", now_));
  EXPECT_FALSE(holds("...", now_));
  EXPECT_FALSE(holds(std::string(kMaxSessionBytes + 1, 'a'), now_));
}

TEST_F(SessionsTest, OfNobodyElse) {
  const auto of_bob = sessions_.make("bob", users_.at("bob"), now_);
  EXPECT_EQ(sessions_.check(of_bob, users_, now_)->user, "bob");
  // Bob's name under Anna's seal.
  const auto mixed = of_bob.substr(0, of_bob.rfind('.')) + value_.substr(value_.rfind('.'));
  EXPECT_FALSE(holds(mixed, now_));
  EXPECT_FALSE(Sessions(std::string(32, 'x')).check(value_, users_, now_));
}

TEST_F(SessionsTest, AnotherPasswordOrARemovedUserEndsIt) {
  auto users = users_;
  users["anna"] = "$2b$05$another-hash";
  EXPECT_FALSE(sessions_.check(value_, users, now_));
  users.erase("anna");
  EXPECT_FALSE(sessions_.check(value_, users, now_));
}

TEST_F(SessionsTest, AClockThatGoesBackMakesNoneLonger) {
  EXPECT_TRUE(holds(value_, now_ - kSessionClockSlack));
  EXPECT_FALSE(holds(value_, now_ - kSessionClockSlack - seconds(1)));
}

TEST_F(SessionsTest, OneThatIsRenewedAgainAndAgainEndsAllTheSame) {
  auto value = value_;
  auto at = now_;
  for (; at < now_ + kLongestSession - kSessionTime; at += kSessionTime - seconds(1)) {
    const auto session = sessions_.check(value, users_, at);
    ASSERT_TRUE(session) << (at - now_) / seconds(1);
    value = sessions_.renew(*session, users_.at("anna"), at);
  }
  at = now_ + kLongestSession - seconds(1);
  const auto last = sessions_.check(value, users_, at);
  if (last) value = sessions_.renew(*last, users_.at("anna"), at);
  EXPECT_FALSE(holds(value, now_ + kLongestSession));
  // Nor is there one that says it ends later.
  const Session session{"anna", "00", now_};
  EXPECT_FALSE(holds(sessions_.renew(session, users_.at("anna"), at), now_ + kLongestSession));
}

TEST_F(SessionsTest, TheTokenOfAFormIsNoneOfASession) {
  EXPECT_NE(sessions_.form_token_of("00"), sessions_.token_of("00"));
}

TEST_F(SessionsTest, ATokenIsOfOneSessionAlsoWhenThatIsRenewed) {
  const auto session = *sessions_.check(value_, users_, now_);
  const auto other = sessions_.check(sessions_.make("anna", users_.at("anna"), now_), users_, now_);
  EXPECT_NE(other->id, session.id);
  EXPECT_NE(sessions_.token_of(other->id), sessions_.token_of(session.id));
  EXPECT_EQ(value_.find(sessions_.token_of(session.id)), std::string::npos);
  const auto later = now_ + kSessionTime - seconds(1);
  const auto renewed = sessions_.check(sessions_.renew(session, users_.at("anna"), later), users_,
                                       later + kSessionTime / 3);
  ASSERT_TRUE(renewed);
  EXPECT_EQ(renewed->user, "anna");
  EXPECT_EQ(sessions_.token_of(renewed->id), sessions_.token_of(session.id));
}

}  // namespace
}  // namespace candor
