#include "contract/lookup.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

Result<Contract> contract_with(const std::string& field, const std::string& more = "") {
  return parse_contract(R"(candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "other", type = "string", about = "O." },
  { )" + field + R"(, about = "K." },
  { path = "second.key", type = "string", purpose = "support", lookup = true, about = "K." },
]
[[channel.event]]
name = "health"
about = "Health."
fields = [ { path = "properties.key", type = "string", purpose = "support", lookup = true, about = "K." } ]
)" + more,
                        "p.toml");
}

const std::string kKey = R"(path = "a.key", type = "string", purpose = "support", lookup = true)";

TEST(Lookup, ValuesAreThoseOfTheFieldsThatSaySo) {
  const auto contract = contract_with(kKey);
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  EXPECT_TRUE(has_lookup(*contract));
  using Values = std::vector<std::string>;
  EXPECT_EQ(lookup_values(*contract, "", R"({"a":{"key":"K1"},"second":{"key":"K2"},"other":"o"})"),
            (Values{"K1", "K2"}));
  EXPECT_EQ(lookup_values(*contract, "", R"({"a":{"key":"K"},"second":{"key":"K"}})"), Values{"K"});
  EXPECT_EQ(lookup_values(*contract, "", R"({"a":{"key":""},"second":{"key":null}})"), Values{});
  EXPECT_EQ(lookup_values(*contract, "", R"({"a":"key","second":{"key":7}})"), Values{});
  EXPECT_EQ(lookup_values(*contract, "", "no JSON"), Values{});
  EXPECT_EQ(lookup_values(*contract, "health", R"({"properties":{"key":"E"},"a":{"key":"K"}})"),
            Values{"E"});
  EXPECT_EQ(lookup_values(*contract, "another", R"({"properties":{"key":"E"}})"), Values{});
}

TEST(Lookup, NeedsAClearTextForSupportThatIsOneOfADocument) {
  for (const auto* field :
       {R"(path = "a", type = "string", lookup = true)",
        R"(path = "a", type = "string", purpose = "support", class = "keyed", lookup = true)",
        R"(path = "a", type = "integer", purpose = "support", lookup = true)",
        R"(path = "a[].b", type = "string", purpose = "support", lookup = true)",
        R"(path = "a.*", type = "string", purpose = "support", lookup = true)"}) {
    const auto contract = contract_with(field);
    ASSERT_FALSE(contract.ok()) << field;
    EXPECT_NE(contract.error().message.find("looked up"), std::string::npos)
        << contract.error().message;
  }
}

TEST(Lookup, NoFigureShowsIt) {
  for (const auto* insight :
       {"path = \"a.key\"\naggregate = \"popular\"\n",
        "event = \"health\"\npath = \"properties.key\"\naggregate = \"popular\"\n"}) {
    const auto contract = contract_with(
        kKey, std::string("[[insight]]\nname = \"keys\"\nabout = \"Keys of all.\"\n") + insight);
    ASSERT_FALSE(contract.ok());
    EXPECT_NE(contract.error().message.find("no figure shows it"), std::string::npos)
        << contract.error().message;
  }
}

// The purpose is in it, and says what the field is for; who agreed need not be asked again.
TEST(Lookup, IsNoPartOfTheConsent) {
  const auto with = contract_with(kKey);
  const auto without = contract_with(R"(path = "a.key", type = "string", purpose = "support")");
  ASSERT_TRUE(with.ok() && without.ok());
  EXPECT_EQ(with->consent_hash, without->consent_hash);
  EXPECT_NE(with->hash, without->hash);
}

}  // namespace
}  // namespace candor
