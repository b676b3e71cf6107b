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
    return {Mode::kOn,     contract.product, "",          contract.consent_hash,
            contract.hash, Instant{},        "candor on", {"basic"}};
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
  EXPECT_TRUE(ConsentedFields::agreed(state_, back, contract_)->withheld(contract_).empty());
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
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, contract_).error().kind, ErrorKind::kBadData);
  ASSERT_TRUE(state_.remove("consent-contract.toml").ok());
  EXPECT_FALSE(ConsentedFields::agreed(state_, consent, contract_).ok());
}

TEST_F(ConsentTest, AnotherLicenceOrProductNeedsAnotherYes) {
  const auto consent = given(contract_);
  ASSERT_TRUE(write_consent(state_, consent, &contract_).ok());
  auto other = *parse_contract(kText, "p.toml");
  other.licence = Licence{"l", "L", "https://l"};
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, other).error().kind, ErrorKind::kPending);
  other = *parse_contract(kText, "p.toml");
  other.product = "q";
  EXPECT_EQ(ConsentedFields::agreed(state_, consent, other).error().kind, ErrorKind::kPending);
}

TEST_F(ConsentTest, AnOffForgetsTheContract) {
  ASSERT_TRUE(write_consent(state_, given(contract_), &contract_).ok());
  ASSERT_TRUE(write_consent(state_, Consent{}, nullptr).ok());
  EXPECT_EQ((*read_consent(state_))->state, Mode::kOff);
  EXPECT_FALSE(state_.has("consent-contract.toml"));
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
