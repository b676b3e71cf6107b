#include "base/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace candor {
namespace {

std::string object_of(std::size_t members) {
  std::string text = "{";
  for (std::size_t i = 0; i < members; ++i)
    text += fmt::format(R"({}"a{}":":{{\"")", i ? "," : "", i);
  return text + "}";
}

TEST(ForeignJson, HasNoObjectOfTooManyMembers) {
  EXPECT_EQ(parse_foreign_json(object_of(kMaxForeignMembers))->size(), kMaxForeignMembers);
  const auto wide = object_of(kMaxForeignMembers + 1);
  for (const auto& text : {wide, "[[" + wide + "]]", R"({"a":)" + wide + "}"}) {
    EXPECT_EQ(parse_foreign_json(text).error().message,
              "An object of the JSON has more than 2000 members.");
    EXPECT_TRUE(parse_json(text).ok());
  }
}

TEST(ForeignJson, MayHaveManyMembersInAll) {
  const auto most = object_of(kMaxForeignMembers);
  EXPECT_EQ(parse_foreign_json("[" + most + "," + most + R"(,{"a":)" + most + "}]")->size(), 3u);
}

TEST(ForeignJson, ThatIsNoneIsRefusedWhateverItsBrackets) {
  for (const auto* text : {"", "]]]:", "{]}", "\"\\", ":::", "}{"})
    EXPECT_FALSE(parse_foreign_json(text).ok()) << text;
}

TEST(CountMember, IsAWholeNumberFromZeroOn) {
  const Json json = {{"n", 7}, {"less", -1}, {"part", 1.5}, {"text", "7"}};
  EXPECT_EQ(count_member(json, "n"), 7u);
  for (const auto* key : {"less", "part", "text", "none"}) EXPECT_EQ(count_member(json, key), 0u);
}

}  // namespace
}  // namespace candor
