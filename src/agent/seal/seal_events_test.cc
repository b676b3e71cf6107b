#include "agent/seal/seal_events.h"

#include <gtest/gtest.h>

#include "agent/seal/seal.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "web"
contact = "c@example.com"
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "pageview"
about = "A page."
fields = [
  { path = "page", type = "string", max_length = 8, about = "Page." },
  { path = "user", type = "string", class = "keyed", about = "Who." },
]
[[channel]]
name = "ratings"
about = "Ratings."
owner = "o"
confirmation = "the customer"
[[channel.event]]
name = "rating"
about = "A rating."
fields = [{ path = "stars", type = "integer", min = 1, max = 5, about = "Stars." }]
)";

class SealEventsTest : public testing::Test {
 protected:
  EventTerms terms(ConsentedFields fields, ChannelSet channels) const {
    return {contract_, std::move(fields), std::move(channels), "key"};
  }
  EventTerms all() const {
    return terms(ConsentedFields::all_of(*contract_), {"usage", "ratings"});
  }

  const ContractPtr contract_ =
      std::make_shared<const Contract>(*parse_contract(kContract, "web.toml"));
  const Instant now_ = *parse_rfc3339("2026-11-21T07:00:00.999Z");
};

TEST_F(SealEventsTest, WhatCameHashedStaysAsItIsAndWhatIsNoHashStaysHome) {
  EventSieve sieve(all(), now_);
  const auto hash = Hmac("key").hex("jo");
  const auto passed = [&](const std::string& user) {
    return sieve.pass("an-id", "pageview", "", {{"user", user}}, now_, Texts::kHashed);
  };
  const auto hashed = passed(hash);
  ASSERT_TRUE(hashed.event);
  EXPECT_TRUE(hashed.left_out.empty());
  const auto sealed = seal_events({*hashed.event}, *contract_, "candor 1", now_);
  const auto json = *parse_json(sealed.bytes());
  EXPECT_EQ(string_member(json.at("events").at(0), "id"), "an-id");
  EXPECT_EQ(string_member(json.at("events").at(0).at("document"), "user"), hash);
  const auto clear = passed("jo");
  ASSERT_EQ(clear.left_out.size(), 1u);
  EXPECT_EQ(clear.left_out[0].problem, Problem::kNotHashed);
  // The next one may be of somebody whose texts are as they were said.
  const auto said = sieve.pass("pageview", "", {{"user", "jo"}}, now_);
  EXPECT_TRUE(said.left_out.empty());
}

TEST_F(SealEventsTest, AFileHasWhatTheContractDeclaresAndNoInstallation) {
  EventSieve sieve(all(), now_);
  auto passed = sieve.pass("pageview", "5f1d", {{"page", "/x"}, {"user", "jo"}, {"ip", "1"}}, now_);
  ASSERT_TRUE(passed.event);
  ASSERT_EQ(passed.left_out.size(), 1u);
  EXPECT_EQ(passed.left_out[0].path, "ip");
  const auto sealed = seal_events({*passed.event}, *contract_, "candor 1", now_);
  const auto json = *parse_json(sealed.bytes());
  EXPECT_EQ(to_line(json.at("candor")),
            R"({"format":1,"kind":"events","product":"web","contract":")" + contract_->hash +
                R"(","channels":["usage"],"agent":"candor 1"})");
  const auto& event = json.at("events").at(0);
  EXPECT_TRUE(is_uuid(string_member(event, "id")));
  EXPECT_EQ(string_member(event, "at"), "2026-11-21T07:00:00Z");
  EXPECT_EQ(string_member(event, "source"), "5f1d");
  EXPECT_EQ(to_line(event.at("document")),
            R"({"page":"/x","user":")" + Hmac("key").hex("jo") + R"("})");
  EXPECT_EQ(sealed.sha256(), sha256_hex(sealed.bytes()));
  EXPECT_EQ(count_events(sealed.bytes()), 1u);
}

TEST_F(SealEventsTest, AnEventStaysHomeWhole) {
  EventSieve sieve(all(), now_);
  const auto undeclared = sieve.pass("unheard", "", {{"page", "/x"}}, now_);
  EXPECT_FALSE(undeclared.event);
  EXPECT_EQ(undeclared.why_not, "undeclared");
  EventSieve off(terms(ConsentedFields::all_of(*contract_), {"usage"}), now_);
  EXPECT_EQ(off.pass("rating", "", Json::object(), now_).why_not, "channel_off");
  EventSieve unconfirmed(terms(ConsentedFields::unconfirmed(*contract_), {"usage", "ratings"}),
                         now_);
  EXPECT_EQ(unconfirmed.pass("rating", "", Json::object(), now_).why_not, "not_agreed");
  EXPECT_TRUE(unconfirmed.pass("pageview", "", Json::object(), now_).event);
}

TEST_F(SealEventsTest, AnEventThatNobodyAgreedToStaysHome) {
  auto older = std::string(kContract);
  older.replace(older.find("name = \"pageview\""), 17, "name = \"visit\"");
  const auto agreed = *parse_contract(older, "web.toml");
  EventSieve sieve(terms(ConsentedFields::all_of(agreed), {"usage", "ratings"}), now_);
  EXPECT_EQ(sieve.pass("pageview", "", {{"page", "/x"}}, now_).why_not, "not_agreed");
}

TEST_F(SealEventsTest, AValueOutOfBoundsCostsThatValue) {
  EventSieve sieve(all(), now_);
  const auto passed = sieve.pass("rating", "", {{"stars", 9}}, now_);
  ASSERT_TRUE(passed.event);
  ASSERT_EQ(passed.left_out.size(), 1u);
  EXPECT_EQ(passed.left_out[0].reason, LeftOut::Reason::kOutOfBounds);
  const auto json = *parse_json(seal_events({*passed.event}, *contract_, "c", now_).bytes());
  EXPECT_EQ(find_member(json.at("events").at(0), "document"), nullptr);
  // The next one's list is its own.
  EXPECT_TRUE(sieve.pass("rating", "", {{"stars", 1}}, now_).left_out.empty());
}

TEST_F(SealEventsTest, AFileMayLeaveWhileItsChannelsAreOn) {
  EventSieve sieve(all(), now_);
  const auto sealed = seal_events({*sieve.pass("pageview", "", Json::object(), now_).event,
                                   *sieve.pass("rating", "", Json::object(), now_).event},
                                  *contract_, "c", now_);
  EXPECT_TRUE(may_still_leave(sealed.bytes(), "web", {"usage", "ratings"}));
  EXPECT_FALSE(may_still_leave(sealed.bytes(), "web", {"usage"}));
  EXPECT_FALSE(may_still_leave(sealed.bytes(), "other", {"usage", "ratings"}));
}

TEST(CountEventsTest, WhatIsNoFileHasNone) {
  for (const auto* text : {"", "{}", "[]", R"({"events":{}})", R"({"events":)"})
    EXPECT_EQ(count_events(text), 0u) << text;
}

}  // namespace
}  // namespace candor
