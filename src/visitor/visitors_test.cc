#include "visitor/visitors.h"

#include <gtest/gtest.h>

#include <chrono>

#include "visitor/limits.h"

namespace candor {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

HttpRequest from(std::string peer, std::string agent) {
  HttpRequest request;
  request.peer = std::move(peer);
  request.headers = {{"User-Agent", std::move(agent)}};
  return request;
}

class VisitorsTest : public testing::Test {
 protected:
  Visit view(const HttpRequest& request, std::string_view site = "a.example") {
    return visitors_.see(request, site, Activity::kPageView, now_);
  }
  Visit act(const HttpRequest& request) {
    return visitors_.see(request, "a.example", Activity::kOther, now_);
  }

  Visitors visitors_;
  Instant now_ = *parse_rfc3339("2026-11-21T10:00:00Z");
  const HttpRequest browser_ = from("192.0.2.1", "Firefox");
};

TEST_F(VisitorsTest, AddressAgentAndSiteTellThemApart) {
  const auto visitor = view(browser_).visitor;
  EXPECT_EQ(visitor.size(), 32u);
  EXPECT_EQ(view(browser_).visitor, visitor);
  EXPECT_NE(view(from("192.0.2.2", "Firefox")).visitor, visitor);
  EXPECT_NE(view(from("192.0.2.1", "Chrome")).visitor, visitor);
  EXPECT_NE(view(browser_, "b.example").visitor, visitor);
}

TEST_F(VisitorsTest, PartsDoNotRunIntoEachOther) {
  EXPECT_NE(view(from("192.0.2.1", "Firefox1")).visitor,
            view(from("1192.0.2.1", "Firefox")).visitor);
}

TEST_F(VisitorsTest, ADayLaterTheyAreOthers) {
  const auto visitor = view(browser_).visitor;
  now_ += hours(13);
  EXPECT_EQ(view(browser_).visitor, visitor);
  now_ += hours(2);
  const auto tomorrow = view(browser_).visitor;
  EXPECT_NE(tomorrow, visitor);
  now_ += hours(48);
  EXPECT_NE(view(browser_).visitor, tomorrow);
}

TEST_F(VisitorsTest, TwoCollectorsMakeDifferentOnes) {
  EXPECT_NE(Visitors().see(browser_, "a.example", Activity::kPageView, now_).visitor,
            view(browser_).visitor);
}

TEST_F(VisitorsTest, AVisitGoesOnOverMidnightWithItsIdentity) {
  now_ = *parse_rfc3339("2026-11-21T23:50:00Z");
  const auto before = view(browser_);
  EXPECT_TRUE(before.begins);
  now_ += minutes(20);
  const auto after = view(browser_);
  EXPECT_EQ(after.visitor, before.visitor);
  EXPECT_FALSE(after.begins);
  // Somebody else comes under the new salt; and so does the same one, after the visit.
  now_ += minutes(40);
  const auto again = view(browser_);
  EXPECT_NE(again.visitor, before.visitor);
  EXPECT_TRUE(again.begins);
}

TEST_F(VisitorsTest, TheSaltOfTheDayBeforeIsGoneAfterADay) {
  now_ = *parse_rfc3339("2026-11-20T23:59:00Z");
  const auto visitor = view(browser_).visitor;
  // Goes on without a pause for the whole of the next day.
  for (; now_ < *parse_rfc3339("2026-11-21T23:59:00Z"); now_ += minutes(20))
    EXPECT_EQ(act(browser_).visitor, visitor);
  now_ = *parse_rfc3339("2026-11-22T00:01:00Z");
  EXPECT_NE(act(browser_).visitor, visitor);
}

TEST_F(VisitorsTest, SaltsTurnWhenNobodyComes) {
  now_ = *parse_rfc3339("2026-11-21T23:50:00Z");
  const auto before = view(browser_).visitor;
  visitors_.turn_salts(*parse_rfc3339("2026-11-23T00:00:00Z"));
  // Neither day's salt makes it any more, although the visit would go on.
  now_ += minutes(1);
  EXPECT_NE(view(browser_).visitor, before);
}

TEST_F(VisitorsTest, AClockThatIsSetBackKeepsTheSalt) {
  const auto visitor = view(browser_).visitor;
  now_ -= hours(24);
  EXPECT_EQ(view(browser_).visitor, visitor);
}

TEST_F(VisitorsTest, AVisitBeginsWithAPageViewAfterHalfAnHour) {
  EXPECT_FALSE(act(browser_).begins);
  EXPECT_TRUE(view(browser_).begins);
  EXPECT_FALSE(view(browser_).begins);
  now_ += minutes(29);
  EXPECT_FALSE(act(browser_).begins);
  now_ += minutes(29);
  EXPECT_FALSE(view(browser_).begins);
  now_ += minutes(30);
  EXPECT_TRUE(view(browser_).begins);
}

TEST_F(VisitorsTest, VisitsInMemoryAreBounded) {
  view(browser_);
  for (std::size_t i = 0; i < kMaxVisitsInMemory; ++i)
    view(from("192.0.2.9", "agent " + std::to_string(i)));
  EXPECT_TRUE(view(browser_).begins);
}

}  // namespace
}  // namespace candor
