#include "agent/seal/seal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"toml(
candor = 1
[product]
name = "p"
contact = "c@example.com"
licence = { id = "l-1", name = "L", url = "https://l.example.com" }
[[channel]]
name = "basic"
about = "Basics."
default = true
fields = [
  { path = "count", type = "integer", min = 0, max = 100, about = "a" },
  { path = "when", type = "timestamp", about = "a" },
  { path = "old", type = "string", expires = "2020-01-01", about = "a" },
  { path = "secret", type = "string", class = "never", about = "a" },
  { path = "md5", type = "string", class = "hashed", about = "a" },
  { path = "sha", type = "string", class = "hashed", hash = "sha256", about = "a" },
  { path = "keyed", type = "string", class = "keyed", about = "a" },
  { path = "pools[].pg_num", type = "integer", about = "a" },
  { path = "pools[].application[]", type = "string", values = ["rbd", "rgw"], about = "a" },
  { path = "metadata.*.*", type = "integer", about = "a" },
  { path = "services.*", type = "integer", about = "a" },
]
[[channel]]
name = "ident"
about = "Who."
fields = [
  { path = "contact", type = "string", about = "a" },
  { path = "ident.place", type = "string", about = "a" },
]
)toml";

class SealTest : public ::testing::Test {
 protected:
  SealTest()
      : contract_(*parse_contract(kContract, "p.toml")),
        identity_(make_identity(std::nullopt, Instant{})) {}

  Result<Sealed> make(const Json& document) {
    const auto fields = fields_.value_or(ConsentedFields::all_of(contract_));
    return seal(Observation(document), {contract_, fields, channels_, identity_, now_,
                                        Attendance::kPerson, "candor test"});
  }
  // The report's document without its header.
  Json body(const Json& document) {
    auto json = *parse_json(make(document)->report.bytes());
    json.erase("candor");
    return json;
  }

  Contract contract_;
  Identity identity_;
  std::set<std::string, std::less<>> channels_ = {"basic"};
  std::optional<ConsentedFields> fields_;
  Instant now_ = *parse_rfc3339("2026-11-21T07:00:00.123Z");
};

TEST_F(SealTest, TheHeaderSaysWhatWhoAndUnderWhat) {
  const auto sealed = make(Json::object());
  ASSERT_TRUE(sealed.ok());
  const auto json = *parse_json(sealed->report.bytes());
  const auto& header = json["candor"];
  EXPECT_EQ(header["format"], 1);
  EXPECT_EQ(header["product"], "p");
  EXPECT_EQ(header["contract"], contract_.hash);
  EXPECT_EQ(header["installation"], identity_.installation);
  EXPECT_EQ(header["sealed_at"], "2026-11-21T07:00:00.123Z");
  EXPECT_EQ(header["channels"], Json::array({"basic"}));
  EXPECT_EQ(header["licence"], "l-1");
  EXPECT_EQ(header["automation"], false);
  EXPECT_EQ(header["deletion"], sha256_hex(identity_.deletion_secret));
  EXPECT_EQ(sealed->report.bytes().find(identity_.deletion_secret), std::string::npos);
  EXPECT_EQ(sealed->report.sha256(), sha256_hex(sealed->report.bytes()));
  EXPECT_EQ(sealed->report.id(), "20261121T070000.123Z-" + sealed->report.sha256().substr(0, 8));
  EXPECT_TRUE(sealed->report.bytes().ends_with("}\n"));
}

TEST_F(SealTest, UndeclaredValuesStayHomeAndAreNamed) {
  const auto sealed = make({{"count", 3},
                            {"hostname", "secret-host"},
                            {"pools", {{{"pg_num", 8}, {"pool_name", "mine"}}}}});
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->report.bytes().find("secret-host"), std::string::npos);
  EXPECT_EQ(sealed->report.bytes().find("mine"), std::string::npos);
  ASSERT_EQ(sealed->left_out.size(), 2u);
  EXPECT_EQ(sealed->left_out[0].path, "hostname");
  EXPECT_EQ(sealed->left_out[1].path, "pools[].pool_name");
  EXPECT_EQ(describe(sealed->left_out[1]), "not declared in the contract");
}

TEST_F(SealTest, AnObservationCannotForgeTheHeader) {
  EXPECT_EQ(body({{"candor", {{"installation", "x"}}}, {"count", 1}}), Json({{"count", 1}}));
}

TEST_F(SealTest, ValuesOutOfBoundsStayHome) {
  EXPECT_EQ(body({{"count", 101},
                  {"when", "no"},
                  {"pools", {{{"pg_num", "x"}, {"application", {"rbd", "mine"}}}}}}),
            Json({{"pools", {{{"application", {"rbd"}}}}}}));
  EXPECT_EQ(body({{"count", {1, 2}}, {"pools", 3}, {"services", Json::array()}}), Json::object());
}

TEST_F(SealTest, ExpiredNeverAndSwitchedOffFieldsStayHome) {
  EXPECT_EQ(body({{"old", "x"}, {"secret", "x"}, {"contact", "Jo"}, {"ident", {{"place", "x"}}}}),
            Json::object());
  channels_.insert("ident");
  EXPECT_EQ(body({{"contact", "Jo"}, {"ident", {{"place", "x"}}}}),
            Json({{"contact", "Jo"}, {"ident", {{"place", "x"}}}}));
}

TEST_F(SealTest, TextsAreHashedAsTheirClassSays) {
  const auto json = body({{"md5", "Jo"}, {"sha", "Jo"}, {"keyed", "Jo"}});
  EXPECT_EQ(json["md5"], md5_hex("Jo"));
  EXPECT_EQ(json["sha"], sha256_hex("Jo"));
  EXPECT_EQ(json["keyed"], Hmac(identity_.key).hex("Jo"));
}

TEST_F(SealTest, EmptyDeclaredContainersAreKept) {
  const Json document = {{"pools", Json::array()},
                         {"services", Json::object()},
                         {"metadata", {{"osd", Json::object()}}}};
  EXPECT_EQ(body(document), document);
}

TEST_F(SealTest, WhatNobodyAgreedToStaysHome) {
  std::string older(kContract);
  const auto line = older.find("  { path = \"services.*\"");
  older.erase(line, older.find('\n', line) + 1 - line);
  fields_ = ConsentedFields::all_of(*parse_contract(older, "p.toml"));
  EXPECT_EQ(body({{"count", 1}, {"services", {{"rgw", 1}}}}), Json({{"count", 1}}));
  EXPECT_EQ(fields_->withheld(contract_), std::vector<std::string>{"services.*"});
}

TEST_F(SealTest, AnObservationThatIsNoObjectIsAnError) {
  EXPECT_EQ(make(Json::array()).error().kind, ErrorKind::kBadData);
}

// Contracts and observations at random: whatever is in a report was declared, agreed to, switched
// on and within its bounds.
TEST(SealProperty, EmittedIsASubsetOfWhatWasAgreedTo) {
  std::mt19937 random(20261121);
  const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
  const char* keys[] = {"a", "b", "c", "d"};
  const auto contract_with = [&](int share) {
    std::string text = "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n";
    for (const char* channel : {"one", "two"}) {
      text += fmt::format("[[channel]]\nname = \"{}\"\nabout = \"x\"\n", channel);
      for (const char* outer : keys) {
        for (const char* inner : keys) {
          if (!chance(share)) continue;
          const bool first = std::string_view(channel) == "one";
          text += fmt::format(
              "[[channel.fields]]\npath = \"{}{}.{}\"\ntype = \"integer\"\nabout = \"x\"\nmax = "
              "50\n",
              first ? "" : "z", outer, inner);
        }
      }
    }
    return *parse_contract(text, "p.toml");
  };
  for (int round = 0; round < 300; ++round) {
    const auto agreed_to = contract_with(60);
    const auto contract = contract_with(60);
    const auto fields = ConsentedFields::all_of(agreed_to);
    std::set<std::string, std::less<>> channels;
    for (const char* channel : {"one", "two"}) {
      if (chance(70)) channels.insert(channel);
    }
    Json document = Json::object();
    for (const char* prefix : {"", "z"}) {
      for (const char* outer : keys) {
        for (const char* inner : keys) {
          if (chance(80))
            document[std::string(prefix) + outer][inner] = static_cast<int>(random() % 100);
        }
      }
    }
    const auto identity = make_identity(std::nullopt, Instant{});
    const auto sealed = seal(Observation(document), {contract, fields, channels, identity,
                                                     Instant{}, Attendance::kPerson, "t"});
    ASSERT_TRUE(sealed.ok());
    auto report = *parse_json(sealed->report.bytes());
    report.erase("candor");
    std::size_t emitted = 0;
    for (const auto& [outer, members] : report.items()) {
      for (const auto& [inner, value] : members.items()) {
        ++emitted;
        const auto* node = contract.schema.find(*parse_path(fmt::format("{}.{}", outer, inner)));
        ASSERT_TRUE(node != nullptr && node->field);
        const auto& field = contract.fields[*node->field];
        EXPECT_TRUE(channels.contains(contract.channels[field.channel].name));
        EXPECT_NE(agreed_to.schema.find(*parse_path(field.path)), nullptr);
        EXPECT_LE(value.get<int>(), 50);
        EXPECT_EQ(value, document[outer][inner]);
      }
    }
    // And nothing that may leave is lost.
    std::size_t may_leave = 0;
    for (const auto& field : contract.fields) {
      const auto dot = field.path.find('.');
      const auto outer = field.path.substr(0, dot);
      const auto inner = field.path.substr(dot + 1);
      if (!document.contains(outer) || !document[outer].contains(inner)) continue;
      may_leave += channels.contains(contract.channels[field.channel].name) &&
                   fields.allows(contract, field) && document[outer][inner] <= 50;
    }
    EXPECT_EQ(emitted, may_leave);
  }
}

}  // namespace
}  // namespace candor
