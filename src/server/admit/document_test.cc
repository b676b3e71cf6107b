#include "server/admit/document.h"

#include <gtest/gtest.h>

#include "server/admit/limits.h"

namespace candor {
namespace {

std::string why_not(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return document.ok() ? "" : document.error().message;
}

TEST(JsonDocument, MembersAreReadByNameAndTheFirstOfThatNameCounts) {
  const auto document =
      JsonDocument::parse(R"({"a":{"t":"x","n":7,"b":true},"a":{"t":"y"},"l":[1]})");
  ASSERT_TRUE(document.ok());
  const auto member = object_member(document->root(), "a");
  ASSERT_TRUE(member.has_value());
  EXPECT_EQ(text_member(*member, "t"), "x");
  EXPECT_EQ(number_member(*member, "n"), 7);
  EXPECT_TRUE(flag_member(*member, "b"));
  EXPECT_EQ(text_member(*member, "n"), "");
  EXPECT_EQ(number_member(*member, "t"), 0);
  EXPECT_FALSE(object_member(document->root(), "l").has_value());
  EXPECT_TRUE(has_member(document->root(), "l"));
  EXPECT_FALSE(has_member(document->root(), "t"));
}

TEST(JsonDocument, WhatIsWrongIsSaid) {
  EXPECT_NE(why_not("").find("empty"), std::string::npos);
  EXPECT_NE(why_not("{\"a\":").find("JSON"), std::string::npos);
  EXPECT_NE(why_not("{}{}").find("JSON"), std::string::npos);
  EXPECT_NE(why_not("[]").find("object"), std::string::npos);
  EXPECT_NE(why_not("{\"a\":\"\xff\"}").find("UTF-8"), std::string::npos);
  EXPECT_NE(why_not("{\"a\":1e999}").find("number"), std::string::npos);
  EXPECT_NE(why_not("{\"a\":" + std::string(300, '[') + std::string(300, ']') + "}").find("deeper"),
            std::string::npos);
}

Result<JsonDocument> parse_named(const std::string& name, std::size_t filler) {
  return JsonDocument::parse("{\"name\":\"" + name + "\",\"filler\":\"" + std::string(filler, 'x') +
                             "\"}");
}

TEST(JsonDocument, ALargeOneOutlivesOthersOfItsThread) {
  const auto large = parse_named("large", kSharedParserBytes);
  ASSERT_TRUE(large.ok());
  ASSERT_TRUE(JsonDocument::parse(R"({"name":"small"})").ok());
  EXPECT_EQ(text_member(large->root(), "name"), "large");
}

TEST(JsonDocument, TheParserOfALargeOneServesOneDocumentAtATime) {
  for (int turn = 0; turn < 3; ++turn) {
    const auto first = parse_named("first", kSharedParserBytes);
    const auto second = parse_named("second", 2 * kSharedParserBytes);
    const auto third = parse_named("third", kSpareParserBytes);
    ASSERT_TRUE(first.ok() && second.ok() && third.ok());
    EXPECT_EQ(text_member(first->root(), "name"), "first");
    EXPECT_EQ(text_member(second->root(), "name"), "second");
    EXPECT_EQ(text_member(third->root(), "name"), "third");
  }
}

}  // namespace
}  // namespace candor
