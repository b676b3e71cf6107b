#include "contract/lint.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "contract/docs.h"
#include "contract/find.h"

namespace candor {
namespace {

constexpr std::string_view kHead =
    "candor = 1\n[product]\nname = \"p\"\nabout = \"What it is.\"\ncontact = "
    "\"c@example.com\"\naccepts = [\"native\"]\n";

std::vector<std::string> findings(const std::string& text) {
  const auto contract = parse_contract(text, "p.toml");
  if (!contract.ok()) return {contract.error().message};
  std::vector<std::string> result;
  for (const auto& finding : lint(*contract, 20'000)) result.push_back(to_text(finding, *contract));
  return result;
}

std::string with_field(std::string_view field, std::string_view channel = "owner = \"o\"\n") {
  return fmt::format(
      "{}[[channel]]\nname = \"basic\"\nabout = \"Basics.\"\n{}[[channel.fields]]\nabout = \"A "
      "field.\"\n{}",
      kHead, channel, field);
}

TEST(Lint, AGoodContractHasNoFindings) {
  EXPECT_TRUE(findings(with_field("path = \"count\"\ntype = \"integer\"\n")).empty());
}

TEST(Lint, FindingsSayWhereAndWhat) {
  const auto none = findings(with_field("path = \"count\"\ntype = \"integer\"\n", ""));
  ASSERT_EQ(none.size(), 1u);
  EXPECT_TRUE(none[0].starts_with("p.toml:10:1: error: count has no owner")) << none[0];
  const auto old =
      findings(with_field("path = \"count\"\ntype = \"integer\"\nexpires = \"2020-01-01\"\n"));
  ASSERT_EQ(old.size(), 1u);
  EXPECT_NE(old[0].find("expired on 2020-01-01"), std::string::npos);
  const auto hashed =
      findings(with_field("path = \"word\"\ntype = \"string\"\nclass = \"hashed\"\n"));
  ASSERT_EQ(hashed.size(), 1u);
  EXPECT_NE(hashed[0].find("warning: word is hashed without a key"), std::string::npos);
  const auto telling = findings(with_field("path = \"pools[].name\"\ntype = \"string\"\n"));
  ASSERT_EQ(telling.size(), 1u);
  EXPECT_NE(telling[0].find("warning: pools[].name may hold"), std::string::npos);
}

TEST(Lint, HashesInEventsAreTheirClients) {
  const auto text =
      with_field("path = \"count\"\ntype = \"integer\"\n") +
      "[[channel.event]]\nname = \"ran\"\nabout = \"It ran.\"\nowner = \"o\"\nfields = [ { "
      "path = \"word\", type = \"string\", class = \"hashed\", about = \"W.\" } ]\n";
  EXPECT_EQ(findings(text), std::vector<std::string>{});
}

TEST(Lint, AnEndpointInTheOpenIsAnError) {
  auto text = with_field("path = \"count\"\ntype = \"integer\"\n");
  text.insert(text.find("accepts"), "endpoint = \"http://example.com\"\n");
  const auto found = findings(text);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_NE(found[0].find("is not https"), std::string::npos);
  const auto with_endpoint = [&](std::string_view endpoint) {
    constexpr std::string_view kOpen = "http://example.com";
    auto other = text;
    other.replace(other.find(kOpen), kOpen.size(), endpoint);
    return findings(other).size();
  };
  EXPECT_EQ(with_endpoint("http://localhost:8080"), 0u);
  EXPECT_EQ(with_endpoint("http://localhost.example.com"), 1u);
}

TEST(Lint, AFigureShowsOnlyWhatIsClear) {
  const auto found =
      findings(with_field("path = \"word\"\ntype = \"string\"\nclass = \"keyed\"\n") +
               "[[insight]]\nname = \"i\"\nabout = \"Words of all.\"\npath = \"word\"\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_NE(found[0].find("which is keyed"), std::string::npos);
  EXPECT_NE(found[1].find("no number"), std::string::npos);
}

TEST(Lint, WhatAnEventGoesByDoesNotExpireUnnoticed) {
  const auto text = with_field("path = \"count\"\ntype = \"integer\"\n") +
                    "[[channel.event]]\nname = \"e\"\nabout = \"x\"\nautomation = \"ci\"\n"
                    "fields = [{ path = \"ci\", type = \"boolean\", about = \"x\" }]\n";
  const auto before = findings(text).size();
  auto expiring = text;
  expiring.replace(expiring.find("\"boolean\""), 9, "\"boolean\", expires = \"2099-01-01\"");
  const auto found = findings(expiring);
  ASSERT_EQ(found.size(), before + 1);
  EXPECT_TRUE(std::ranges::any_of(found, [](const std::string& one) {
    return one.find("its automation is told by \"ci\", which expires on 2099-01-01") != one.npos;
  }));
}

TEST(NewContract, LintsClean) {
  const auto text = new_contract("acme");
  const auto contract = parse_contract(text, "acme.toml");
  ASSERT_TRUE(contract.ok()) << contract.error().message;
  EXPECT_TRUE(lint(*contract, day_of(system_clock().now())).empty());
  EXPECT_EQ(contract->product, "acme");
}

TEST(Docs, EveryFieldStandsInThePage) {
  const auto contract = parse_contract(new_contract("acme"), "acme.toml");
  ASSERT_TRUE(contract.ok());
  const auto page = to_markdown(*contract);
  for (const auto& field : contract->fields)
    EXPECT_NE(page.find("| `" + field.path + "` |"), std::string::npos);
  EXPECT_NE(page.find("## Channel basic (on by default)"), std::string::npos);
  EXPECT_NE(page.find("0 to 1000000"), std::string::npos);
}

TEST(FindContract, LooksBesideTheInstalledProgramAndBesideTheBuild) {
  const TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder.path() / "share/candor/contracts").ok());
  EXPECT_EQ(*find_contract_folder({}, folder.path() / "bin/candor"),
            folder.path() / "share/candor/contracts");
  EXPECT_EQ(find_contract_folder({}, "/nowhere/bin/candor").error().kind,
            ErrorKind::kConfiguration);
  EXPECT_FALSE(find_contract_folder(folder.path() / "missing", folder.path() / "bin/candor").ok());
}

TEST(FindContract, NamesTheNearestProduct) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() / "stone.toml", "").ok());
  EXPECT_EQ(*find_contract("stone", folder.path()), folder.path() / "stone.toml");
  EXPECT_NE(find_contract("stoen", folder.path()).error().message.find("Did you mean \"stone\""),
            std::string::npos);
}

}  // namespace
}  // namespace candor
