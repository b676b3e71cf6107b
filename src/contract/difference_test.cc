#include "contract/difference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace candor {
namespace {

Contract contract(std::string_view fields) {
  return *parse_contract(
      fmt::format("candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n[[channel]]\nname = "
                  "\"basic\"\nabout = \"x\"\nfields = [\n{}]\n",
                  fields),
      "p.toml");
}

constexpr std::string_view kText =
    "{ path = \"a\", type = \"string\", class = \"hashed\", hash = \"sha256\", about = \"A.\" },\n"
    "{ path = \"b\", type = \"integer\", max = 5, about = \"B.\" },\n";

TEST(Difference, TextsAndBoundsAreNone) {
  std::string other(kText);
  other.replace(other.find("max = 5"), 7, "max = 9");
  other.replace(other.find("B."), 2, "C.");
  EXPECT_TRUE(compare(contract(kText), contract(other)).empty());
}

TEST(Difference, NamesWhatIsNewChangedAndGone) {
  const auto older = contract(kText);
  const auto newer = contract(
      "{ path = \"n\", type = \"boolean\", about = \"N.\" },\n"
      "{ path = \"a\", type = \"string\", class = \"hashed\", about = \"A.\" },\n");
  const auto found = compare(older, newer);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].kind, FieldChange::Kind::kNew);
  EXPECT_EQ(found[0].path, "n");
  EXPECT_EQ(found[0].channel, "basic");
  EXPECT_EQ(found[1].kind, FieldChange::Kind::kChanged);
  EXPECT_EQ(found[1].changes, std::vector<std::string>{"class was hashed sha256, is hashed md5"});
  EXPECT_EQ(found[2].kind, FieldChange::Kind::kGone);
  EXPECT_EQ(found[2].path, "b");
}

Contract with_metrics(std::string_view metrics) {
  return *parse_contract(
      fmt::format("candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n[[channel]]\nname = "
                  "\"load\"\nabout = \"x\"\nowner = \"o\"\n{}",
                  metrics),
      "p.toml");
}

TEST(Difference, AMetricIsToldWithItsLabelsAndALabelThatCameLaterByItself) {
  constexpr std::string_view kUp =
      "[[channel.metric]]\nname = \"up\"\ntype = \"gauge\"\nabout = \"Up.\"\n";
  const auto none = with_metrics(""), bare = with_metrics(kUp);
  const auto labelled =
      with_metrics(std::string(kUp) + "labels = [\"job\"]\nkeyed = [\"cluster\"]\n");
  const auto first = compare(none, labelled);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].path, "up");
  EXPECT_EQ(first[0].type, "metric gauge");
  EXPECT_EQ(first[0].about, "Up. Labels: job. As hashes: cluster.");
  const auto later = compare(bare, labelled);
  ASSERT_EQ(later.size(), 2u);
  EXPECT_EQ(later[0].path, "up{job}");
  EXPECT_EQ(later[1].path, "up{cluster}");
  EXPECT_EQ(later[1].privacy, "keyed");
  const auto named = with_metrics(std::string(kUp) +
                                  "labels = [\"job\"]\nkeyed = [\"cluster\"]\ninstallation = "
                                  "\"cluster\"\n");
  const auto more = compare(labelled, named);
  ASSERT_EQ(more.size(), 1u);
  EXPECT_EQ(more[0].kind, FieldChange::Kind::kChanged);
  EXPECT_EQ(more[0].type, "installation");
  const auto gone = compare(labelled, none);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].kind, FieldChange::Kind::kGone);
  EXPECT_TRUE(compare(labelled, labelled).empty());
}

TEST(Difference, WhatIsNeverSentIsNotThere) {
  std::string never(kText);
  never.replace(never.find("max = 5"), 7, "purpose = \"support\"");
  const auto older = contract(kText);
  const auto closed =
      contract("{ path = \"b\", type = \"integer\", class = \"never\", about = \"B.\" },\n");
  const auto gone = compare(older, closed);
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_EQ(gone[1].kind, FieldChange::Kind::kGone);
  EXPECT_EQ(compare(closed, older)[1].kind, FieldChange::Kind::kNew);
  EXPECT_EQ(compare(older, contract(never))[0].changes,
            std::vector<std::string>{"purpose was improvement, is support"});
}

}  // namespace
}  // namespace candor
