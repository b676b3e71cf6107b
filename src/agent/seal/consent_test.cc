#include "agent/seal/consent.h"

#include <gtest/gtest.h>

#include "agent/seal/identity.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kText =
    "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n[[channel]]\nname = \"basic\"\nabout = "
    "\"x\"\n"
    "[[channel.fields]]\npath = \"a\"\ntype = \"integer\"\nabout = \"x\"\n";

class ConsentTest : public ::testing::Test {
 protected:
  Consent given(const Contract& contract) const {
    Consent consent{Mode::kOn,     contract.product, "",          contract.consent_hash,
                    contract.hash, Instant{},        "candor on", {"basic"}};
    return consent;
  }
  TemporaryFolder folder_;
  StateFolder state_{folder_.path()};
  Contract contract_ = *parse_contract(kText, "p.toml");
};

TEST_F(ConsentTest, NoFileIsNoDecision) { EXPECT_FALSE(read_consent(state_)->has_value()); }

TEST_F(ConsentTest, ComesBackAsItWasWritten) {
  ASSERT_TRUE(write_consent(state_, given(contract_), &contract_).ok());
  const auto back = **read_consent(state_);
  EXPECT_EQ(back.state, Mode::kOn);
  EXPECT_EQ(back.contract_hash, contract_.hash);
  EXPECT_EQ(back.how, "candor on");
  EXPECT_EQ(back.channels, std::vector<std::string>{"basic"});
  EXPECT_TRUE(
      ConsentedFields::agreed(state_, back, contract_, Instant{})->withheld(contract_).empty());
}

TEST_F(ConsentTest, ADamagedFileAllowsNothing) {
  for (const std::string_view text : {"", "{", "[]", "{}", "{\"state\":\"maybe\"}"}) {
    ASSERT_TRUE(state_.write("consent.json", text).ok());
    EXPECT_EQ(read_consent(state_).error().kind, ErrorKind::kBadData) << text;
  }
}

TEST_F(ConsentTest, AContractThatWasTamperedWithAllowsNothing) {
  const auto consent = given(contract_);
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  ASSERT_TRUE(state_.write("consent-contract.toml", contract_.text + "\n# more\n").ok());
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, contract_, Instant{}).error().kind,
            ErrorKind::kBadData);
  ASSERT_TRUE(state_.remove("consent-contract.toml").ok());
  EXPECT_FALSE(ConsentedFields::agreed(state_, consent, contract_, Instant{}).ok());
}

TEST_F(ConsentTest, AnotherLicenceOrProductNeedsAnotherYes) {
  const auto consent = given(contract_);
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  auto other = *parse_contract(kText, "p.toml");
  other.licence = Licence{"l", "L", "https://l"};
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, other, Instant{}).error().kind,
            ErrorKind::kPending);
  other = *parse_contract(kText, "p.toml");
  other.product = "q";
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, other, Instant{}).error().kind,
            ErrorKind::kPending);
}

TEST_F(ConsentTest, AnOffForgetsTheContract) {
  ASSERT_TRUE(write_consent(state_, given(contract_), &contract_).ok());
  ASSERT_TRUE(write_consent(state_, Consent{}, nullptr).ok());
  EXPECT_EQ((*read_consent(state_))->state, Mode::kOff);
  EXPECT_FALSE(state_.has("consent-contract.toml"));
}

// The contract with one more field, "b".
Contract with_more(std::string_view text = kText) {
  return *parse_contract(std::string(text) +
                             "[[channel.fields]]\npath = \"b\"\ntype = "
                             "\"integer\"\nabout = \"x\"\n",
                         "p.toml");
}

TEST_F(ConsentTest, WhoConfirmedIsKept) {
  auto consent = given(contract_);
  consent.confirmed_by = {{"basic", "Jo Doe, ACME"}};
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  EXPECT_EQ((*read_consent(state_))->confirmed_by, consent.confirmed_by);
}

TEST_F(ConsentTest, AChannelThatNobodyConfirmedStaysHome) {
  auto asks = std::string(kText);
  asks.insert(asks.find("[[channel.fields]]"), "confirmation = \"the customer\"\n");
  const auto contract = *parse_contract(asks, "p.toml");
  auto consent = given(contract);
  ASSERT_TRUE(write_consent(state_, consent, &contract).ok());
  auto fields = *ConsentedFields::agreed(state_, consent, contract, Instant{});
  EXPECT_FALSE(fields.allows(contract, contract.fields[0]));
  EXPECT_TRUE(fields.withheld(contract).empty());
  EXPECT_EQ(fields.unconfirmed_channels(), ChannelSet{"basic"});
  consent.confirmed_by = {{"basic", "Jo"}};
  fields = *ConsentedFields::agreed(state_, consent, contract, Instant{});
  EXPECT_TRUE(fields.allows(contract, contract.fields[0]));
  EXPECT_FALSE(ConsentedFields::unconfirmed(contract).allows(contract, contract.fields[0]));
}

TEST_F(ConsentTest, WhatIsAnnouncedStaysHomeUntilItBegins) {
  const auto newer = with_more();
  auto consent = given(contract_);
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  const auto starts_at = Instant{} + std::chrono::hours(24);
  consent.next = Announced{newer.consent_hash, newer.hash, Instant{}, starts_at};
  ASSERT_TRUE(amend_consent(state_, consent, &newer).ok());
  const auto back = **read_consent(state_);
  const auto withheld = [&](Instant now) {
    return ConsentedFields::agreed(state_, back, newer, now)->withheld(newer);
  };
  EXPECT_EQ(withheld(starts_at - Millis(1)), std::vector<std::string>{"b"});
  EXPECT_TRUE(withheld(starts_at).empty());
  EXPECT_EQ(read_agreed_contract(state_, back, Instant{})->hash, contract_.hash);
  EXPECT_EQ(read_agreed_contract(state_, back, starts_at)->hash, newer.hash);

  auto settled = back;
  ASSERT_TRUE(settle_announced(state_, settled, starts_at - Millis(1)).ok());
  EXPECT_TRUE(settled.next);
  ASSERT_TRUE(settle_announced(state_, settled, starts_at).ok());
  EXPECT_FALSE((*read_consent(state_))->next);
  EXPECT_EQ((*read_consent(state_))->contract_hash, newer.hash);
  EXPECT_EQ(*state_.read("consent-contract.toml"), newer.text);
}

TEST_F(ConsentTest, AnAnnouncementWithoutItsContractAddsNothing) {
  const auto newer = with_more();
  auto consent = given(contract_);
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  consent.next = Announced{newer.consent_hash, newer.hash, Instant{}, Instant{}};
  ASSERT_TRUE(amend_consent(state_, consent, &newer).ok());
  ASSERT_TRUE(state_.write("consent-next.toml", newer.text + "#").ok());
  const auto fields = ConsentedFields::agreed(state_, consent, newer, Instant{});
  ASSERT_TRUE(fields.ok());
  EXPECT_EQ(fields->withheld(newer), std::vector<std::string>{"b"});
}

TEST_F(ConsentTest, AGraceThatCannotBeReadAllowsNothing) {
  ASSERT_TRUE(state_.write("consent.json", "{\"state\":\"on\",\"starts_at\":\"soon\"}").ok());
  EXPECT_EQ(read_consent(state_).error().kind, ErrorKind::kBadData);
}

TEST_F(ConsentTest, AWeakerHashIsAnotherThing) {
  auto text = std::string(kText) +
              "[[channel.fields]]\npath = \"h\"\ntype = \"string\"\nclass = \"hashed\"\nhash = "
              "\"sha256\"\nabout = \"x\"\n";
  const auto strong = *parse_contract(text, "p.toml");
  text.replace(text.find("sha256"), 6, "md5");
  const auto weak = *parse_contract(text, "p.toml");
  EXPECT_NE(strong.consent_hash, weak.consent_hash);
  EXPECT_EQ(ConsentedFields::all_of(strong).withheld(weak), std::vector<std::string>{"h"});
}

TEST_F(ConsentTest, AKeyThatHadItsOwnFieldIsNotTakenByAStar) {
  const auto contract = [](std::string_view fields) {
    std::string text(kText);
    return *parse_contract(text + std::string(fields), "p.toml");
  };
  constexpr std::string_view kStar =
      "[[channel.fields]]\npath = \"m.*\"\ntype = \"string\"\nabout = \"x\"\n";
  constexpr std::string_view kNever =
      "[[channel.fields]]\npath = \"m.serial\"\ntype = \"string\"\nclass = \"never\"\nabout = "
      "\"x\"\n";
  const auto told_apart = contract(std::string(kStar) + std::string(kNever));
  const auto star = contract(kStar);
  EXPECT_EQ(ConsentedFields::all_of(told_apart).withheld(star), std::vector<std::string>{"m.*"});
  EXPECT_TRUE(ConsentedFields::all_of(star).withheld(told_apart).empty());
  EXPECT_TRUE(ConsentedFields::all_of(told_apart).withheld(told_apart).empty());
}

TEST_F(ConsentTest, WhatWasForgottenIsKnownByItsHashAlone) {
  constexpr std::string_view kId = "53998033-28cd-470f-9a4f-d4b6e4966cc9";
  EXPECT_FALSE(*is_forgotten(state_, kId));
  ASSERT_TRUE(note_forgotten(state_, kId).ok());
  ASSERT_TRUE(note_forgotten(state_, "another").ok());
  ASSERT_TRUE(note_forgotten(state_, kId).ok());
  EXPECT_TRUE(*is_forgotten(state_, kId));
  EXPECT_FALSE(*is_forgotten(state_, ""));
  EXPECT_EQ(*state_.read("forgotten"), sha256_hex(kId) + "\n" + sha256_hex("another") + "\n");
}

TEST_F(ConsentTest, IdentityIsKeptWholeAndPrivate) {
  EXPECT_FALSE(read_identity(state_)->has_value());
  const auto made = make_identity("53998033-28cd-470f-9a4f-d4b6e4966cc9", Instant{});
  ASSERT_TRUE(write_identity(state_, made).ok());
  const auto back = **read_identity(state_);
  EXPECT_EQ(back.installation, "53998033-28cd-470f-9a4f-d4b6e4966cc9");
  EXPECT_TRUE(back.adopted);
  EXPECT_EQ(back.key, made.key);
  EXPECT_EQ(back.deletion_hash(), sha256_hex(made.deletion_secret));
  EXPECT_EQ(std::filesystem::status(state_.file("identity.json")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ASSERT_TRUE(state_.write("key", "short\n").ok());
  EXPECT_EQ(read_identity(state_).error().kind, ErrorKind::kBadData);
}

TEST(Identity, EachIsItsOwn) {
  const auto a = make_identity(std::nullopt, Instant{});
  const auto b = make_identity(std::nullopt, Instant{});
  EXPECT_NE(a.installation, b.installation);
  EXPECT_NE(a.deletion_secret, b.deletion_secret);
  EXPECT_NE(a.key, b.key);
  EXPECT_EQ(a.installation[14], '4');  // random, and no address or time in it
}

}  // namespace
}  // namespace candor
