#include "contract/top_members.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace candor {
namespace {

// "a=1|b=[2]"; "none" for what is no object.
std::string members_of(std::string_view text) {
  TopMembers members;
  if (!members.read(text)) return "none";
  std::string told;
  for (const auto& member : members.all())
    told += fmt::format("{}{}={}", told.empty() ? "" : "|", member.name, member.json);
  return told;
}

TEST(TopMembers, AreTextAsItStandsThere) {
  EXPECT_EQ(members_of(R"({"a":1,"b":[{"c":","}],"d":{"e":"}"},"f":"x"})"),
            R"(a=1|b=[{"c":","}]|d={"e":"}"}|f="x")");
  EXPECT_EQ(members_of("{}"), "");
  EXPECT_EQ(members_of(R"({"a\n":null})"), "a\n=null");
}

TEST(TopMembers, BlanksAroundThemAreNoPartOfThem) {
  EXPECT_EQ(members_of(" { \"a\" : 1 ,\n \"b\" : [ 2 ] \n} "), "a=1|b=[ 2 ]");
}

TEST(TopMembers, WhatIsNoObjectHasNone) {
  for (const auto* text : {"", "no JSON", "[1]", "7", "{\"a\":", "{\"a\" 1}", "{\"a\":1", "{a:1}"})
    EXPECT_EQ(members_of(text), "none") << text;
}

TEST(TopMembers, OfTwoWithOneNameTheFirstCounts) {
  TopMembers members;
  ASSERT_TRUE(members.read(R"({"a":1,"a":2})"));
  EXPECT_EQ(members.json_of("a"), "1");
  EXPECT_EQ(members.json_of("b"), "");
}

TEST(TopMembers, AreThoseOfTheDocumentThatWasReadLast) {
  TopMembers members;
  ASSERT_TRUE(members.read(fmt::format(R"({{"a":"{}"}})", std::string(100'000, 'x'))));
  EXPECT_EQ(members.json_of("a").size(), 100'002u);
  ASSERT_TRUE(members.read(R"({"b":1})"));
  EXPECT_EQ(members.json_of("a"), "");
  EXPECT_EQ(members.text(), R"({"b":1})");
  EXPECT_FALSE(members.read("nothing"));
  EXPECT_EQ(members.text(), "");
}

}  // namespace
}  // namespace candor
