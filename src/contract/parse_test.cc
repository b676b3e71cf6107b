#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/digest.h"
#include "contract/contract.h"
#include "contract/lint.h"

namespace candor {
namespace {

constexpr std::string_view kWhole = R"toml(candor = 1

[product]
name = "acme"
title = "Acme"
about = "What it is."
contact = "c@example.com"
consent = "opt-out"
visibility = "public"
accepts = ["native", "ceph"]
endpoint = "https://example.com"
retention = "90d"
licence = { id = "l-1", name = "The licence", url = "https://example.com/l" }

[[channel]]
name = "basic"
about = "Basics."
default = true
purpose = "operations"
class = "keyed"
owner = "team"
expires = "2030-01-01"

[[channel.fields]]
path = "who"
type = "string"
about = "Who."

[[channel.fields]]
path = "disks[].kind"
type = "string"
class = "clear"
purpose = "support"
owner = "other"
expires = "2031-01-01"
values = ["hdd", "ssd"]
about = "Kind."

[[channel]]
name = "more"
about = "More."

[[channel.fields]]
path = "versions.*"
type = "integer"
min = 0
max = 1.5e3
about = "Versions."

[[insight]]
name = "version"
path = "versions"
aggregate = "majority"
extract = "v([0-9]+)"
about = "By version."
)toml";

// The text with one occurrence replaced, and what the parser says of it without the file's name.
std::string complaint(std::string_view from, std::string_view to) {
  std::string text(kWhole);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const auto contract = parse_contract(text, "acme.toml");
  if (contract.ok()) return "parsed";
  EXPECT_EQ(contract.error().kind, ErrorKind::kConfiguration);
  const std::string& message = contract.error().message;
  EXPECT_TRUE(message.starts_with("acme.toml:")) << message;
  return message.substr(std::min<std::size_t>(10, message.size()));
}

bool says(const std::string& message, std::string_view place, std::string_view what) {
  return message.starts_with(std::string(place) + ": ") && message.find(what) != std::string::npos;
}
#define EXPECT_SAYS(message, place, what)         \
  do {                                            \
    const std::string said = message;             \
    EXPECT_TRUE(says(said, place, what)) << said; \
  } while (false)

TEST(ParseContract, AllThatIsWrittenIsRead) {
  const auto parsed = parse_contract(kWhole, "acme.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const auto& c = *parsed;
  EXPECT_EQ(c.file, "acme.toml");
  EXPECT_EQ(c.text, kWhole);
  EXPECT_EQ(c.hash, sha256_hex(kWhole));
  EXPECT_EQ(c.product, "acme");
  EXPECT_EQ(c.title, "Acme");
  EXPECT_EQ(c.consent, ConsentKind::kOptOut);
  EXPECT_EQ(c.visibility, Visibility::kPublic);
  EXPECT_EQ(c.licence->id, "l-1");
  EXPECT_TRUE(c.accepts_protocol("ceph"));
  EXPECT_FALSE(c.accepts_protocol("segment"));
  EXPECT_EQ(c.endpoint, "https://example.com");
  EXPECT_EQ(c.retention_days, 90);
  ASSERT_EQ(c.channels.size(), 2u);
  EXPECT_TRUE(c.channel("basic")->on_by_default);
  EXPECT_FALSE(c.channel("more")->on_by_default);
  EXPECT_EQ(c.channel("none"), nullptr);
  ASSERT_EQ(c.fields.size(), 3u);
  EXPECT_EQ(c.fields[2].channel, 1u);
  EXPECT_EQ(*c.fields[2].min, 0);
  EXPECT_EQ(*c.fields[2].max, 1500);
  EXPECT_EQ(c.fields[1].values, (std::vector<std::string>{"hdd", "ssd"}));
  EXPECT_EQ(c.insight("version")->extract, "v([0-9]+)");
  EXPECT_EQ(c.schema.find(*parse_path("disks[].kind"))->field, 1u);
}

TEST(ParseContract, AFieldHasItsChannelsDefaultsUnlessItSaysOtherwise) {
  const auto c = *parse_contract(kWhole, "acme.toml");
  EXPECT_EQ(c.fields[0].privacy, PrivacyClass::kKeyed);
  EXPECT_EQ(c.fields[0].purpose, Purpose::kOperations);
  EXPECT_EQ(c.fields[0].owner, "team");
  EXPECT_EQ(c.fields[0].expires, day_of(*parse_day("2030-01-01")));
  EXPECT_EQ(c.fields[1].privacy, PrivacyClass::kClear);
  EXPECT_EQ(c.fields[1].purpose, Purpose::kSupport);
  EXPECT_EQ(c.fields[1].owner, "other");
  EXPECT_EQ(c.fields[1].expires, day_of(*parse_day("2031-01-01")));
  EXPECT_EQ(c.fields[2].privacy, PrivacyClass::kClear);
  EXPECT_EQ(c.fields[2].expires, std::nullopt);
}

TEST(ParseContract, AProductIsPrivateAndOptInUnlessItSaysOtherwise) {
  const auto c = *parse_contract(
      "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n[[channel]]\nname = \"b\"\nabout = "
      "\"B.\"\n",
      "p.toml");
  EXPECT_EQ(c.visibility, Visibility::kPrivate);
  EXPECT_EQ(c.consent, ConsentKind::kOptIn);
  EXPECT_EQ(c.title, "p");
  EXPECT_EQ(c.retention_days, 400);
  EXPECT_FALSE(c.licence);
}

TEST(ParseContract, MistakesHaveFileLineAndColumn) {
  EXPECT_SAYS(complaint("name = \"acme\"", "name = "), "4:8", "");
  EXPECT_SAYS(complaint("candor = 1", "candor = 2"), "1:10", "no contract of format 1");
  EXPECT_SAYS(complaint("name = \"acme\"", "name = \"Ac me\""), "4:8", "only a-z");
  EXPECT_SAYS(complaint("contact = \"c@example.com\"", ""), "3:1", "contact is missing");
  EXPECT_SAYS(complaint("\"opt-out\"", "\"opt-uot\""), "8:11", "Did you mean \"opt-out\"");
  EXPECT_SAYS(complaint("\"native\", ", "\"nativ\", "), "10:11", "is no protocol");
  EXPECT_SAYS(complaint("\"90d\"", "\"90\""), "12:13", "number of days");
  EXPECT_SAYS(complaint("\"90d\"", "\"0d\""), "12:13", "number of days");
  EXPECT_SAYS(complaint("type = \"string\"\nabout = \"Who.\"", "about = \"Who.\""), "24:1",
              "who has no type");
  EXPECT_SAYS(complaint("type = \"integer\"", "type = \"intger\""), "45:8",
              "Did you mean \"integer\"");
  EXPECT_SAYS(complaint("about = \"Versions.\"", ""), "43:1", "about is missing");
  EXPECT_SAYS(complaint("default = true", "default = \"yes\""), "18:11", "true or false");
  EXPECT_SAYS(complaint("\"2030-01-01\"", "\"soon\""), "24:1", "expires is a day");
}

TEST(ParseContract, AnUnknownKeyNamesTheNearest) {
  EXPECT_SAYS(complaint("retention =", "retenton ="), "12:1",
              "unknown key \"retenton\". Did you mean \"retention\"");
  EXPECT_SAYS(complaint("owner = \"other\"", "ownr = \"other\""), "34:1", "Did you mean \"owner\"");
  EXPECT_SAYS(complaint("[[insight]]", "[[insigt]]"), "50:3", "Did you mean \"insight\"");
}

TEST(ParseContract, BoundsFitTheirType) {
  EXPECT_SAYS(complaint("max = 1.5e3", "max = -1"), "46:7", "min is greater than max");
  EXPECT_SAYS(complaint("max = 1.5e3", "max = nan"), "47:7", "finite");
  EXPECT_SAYS(complaint("min = 0", "min = -inf"), "46:7", "finite");
  EXPECT_SAYS(complaint("min = 0", "max_length = 3"), "43:1", "bounds of strings");
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"who\"\nmin = 1"), "26:7", "bounds of numbers");
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"who\"\nmax_length = -1"), "26:14",
              "at least 1");
  EXPECT_SAYS(complaint("min = 0", "class = \"hashed\""), "46:9", "only a string");
}

TEST(ParseContract, PathsAreDeclaredOnceAndNeverTheHeader) {
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"disks\""), "30:8", "already a field");
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"candor.x\""), "25:8", "own header");
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"candor[].x\""), "25:8", "own header");
  EXPECT_SAYS(complaint("path = \"who\"", "path = \"\\\"candor\\\".x\""), "25:8", "own header");
  EXPECT_EQ(complaint("path = \"who\"", "path = \"candors\""), "parsed");
  EXPECT_SAYS(complaint("name = \"more\"", "name = \"basic\""), "40:8", "declared twice");
}

TEST(ParseContract, InsightsAreOfDeclaredFields) {
  EXPECT_SAYS(complaint("path = \"versions\"", "path = \"version\""), "52:8",
              "no field \"version\"");
  EXPECT_SAYS(complaint("path = \"versions\"", "path = \"who\""), "52:8", "majority");
  EXPECT_SAYS(complaint("aggregate = \"majority\"", "aggregate = \"sum\""), "52:8", "sum");
  EXPECT_SAYS(complaint("path = \"versions\"", ""), "50:1", "path is missing");
  EXPECT_SAYS(complaint("v([0-9]+)", "v([0-9]+"), "54:11", "no regular expression");
  EXPECT_SAYS(complaint("v([0-9]+)", std::string(1000, '(')), "54:11", "extract");
}

TEST(ParseContract, TheConsentHashIsOverWhatIsAgreedTo) {
  const auto hash_with = [](std::string_view from, std::string_view to) {
    std::string text(kWhole);
    text.replace(text.find(from), from.size(), to);
    const auto contract = parse_contract(text, "acme.toml");
    EXPECT_TRUE(contract.ok()) << contract.error().message;
    return contract->consent_hash;
  };
  const auto usual = hash_with("Acme", "Acme");
  EXPECT_EQ(hash_with("about = \"Who.\"", "about = \"Whoever.\""), usual);
  EXPECT_EQ(hash_with("max = 1.5e3", "max = 9"), usual);
  EXPECT_EQ(hash_with("title = \"Acme\"", "title = \"ACME\""), usual);
  EXPECT_NE(hash_with("path = \"who\"", "path = \"whom\""), usual);
  EXPECT_NE(hash_with("type = \"integer\"", "type = \"number\""), usual);
  EXPECT_NE(hash_with("class = \"keyed\"", "class = \"hashed\""), usual);
  EXPECT_NE(hash_with("purpose = \"support\"", "purpose = \"operations\""), usual);
  EXPECT_NE(hash_with("name = \"more\"", "name = \"most\""), usual);
  EXPECT_NE(hash_with("id = \"l-1\"", "id = \"l-2\""), usual);
}

TEST(ShippedContracts, ParseAndLintClean) {
  const auto today = day_of(*parse_day("2026-11-21"));
  for (const auto* name : {"stone", "mesh", "dcos"}) {
    const auto contract =
        read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts" / (std::string(name) + ".toml"));
    ASSERT_TRUE(contract.ok()) << contract.error().message;
    EXPECT_EQ(contract->product, name);
    for (const auto& finding : lint(*contract, today)) {
      EXPECT_NE(finding.severity, Severity::kError) << to_text(finding, *contract);
    }
    EXPECT_NE(contract->insight("version"), nullptr);
  }
}

}  // namespace
}  // namespace candor
