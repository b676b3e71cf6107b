#include "server/admit/put_back.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace candor {
namespace {

Quarantined held(std::string place, std::string value) {
  return {"path", "integer", Problem::kTooLarge, std::move(value), std::move(place)};
}

std::string together(std::string_view body, std::vector<Quarantined> values) {
  const auto whole = put_back(body, values);
  return whole.ok() ? *whole : "misplaced";
}

TEST(PutBack, EveryValueComesToItsPlace) {
  EXPECT_EQ(together(R"({"a":1})", {held("/b", "99"), held("/c~1d", "\"x\"")}),
            R"({"a":1,"b":99,"c/d":"x"})");
  EXPECT_EQ(together(R"({"sizes":[1,5],"deep":{"m":{}}})",
                     {held("/sizes/1", "99"), held("/sizes/3", "77"), held("/deep/m/k~0", "1")}),
            R"({"sizes":[1,99,5,77],"deep":{"m":{"k~":1}}})");
  EXPECT_EQ(together(R"({"pools":[{"name":"a"},{}]})", {held("/pools/1/size", "3")}),
            R"({"pools":[{"name":"a"},{"size":3}]})");
  EXPECT_EQ(together("{}", {}), "{}");
}

TEST(PutBack, WhatHasNoPlaceIsToldAndNothingIsGuessed) {
  for (const auto& row :
       {held("", "1"), held("/a", "1"), held("/list/9", "1"), held("/list/x", "1"),
        held("/none/b", "1"), held("/a/b", "1"), held("/b", ""), held("b", "1")}) {
    EXPECT_EQ(together(R"({"a":1,"list":[1]})", {row}), "misplaced") << row.place;
  }
}

// What admission takes apart and this puts together is the document again.
TEST(PutBack, UndoesWhatAdmissionDid) {
  const auto contract = parse_contract(R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "n", type = "integer", max = 9, about = "N." },
  { path = "list[]", type = "integer", max = 9, about = "List." },
  { path = "map.*.s", type = "string", max_length = 2, about = "Map." },
  { path = "pools[].size", type = "integer", max = 9, about = "Size." },
]
)",
                                       "p.toml");
  ASSERT_TRUE(contract.ok());
  const std::string whole =
      R"({"n":12,"list":[1,20,3,40,50,6],"map":{"a/b":{"s":"long"},"c":{"s":"ok"}},"pools":[{"size":10},{"size":1}]})";
  const auto admitted = admit(whole, *contract, {}, 0);
  ASSERT_TRUE(admitted.ok());
  EXPECT_EQ(admitted->quarantined.size(), 6u);
  const auto again = put_back(admitted->body, admitted->quarantined);
  ASSERT_TRUE(again.ok()) << again.error().message;
  // The order of members is that of what was kept first.
  EXPECT_EQ(nlohmann::json::parse(*again), nlohmann::json::parse(whole));
}

}  // namespace
}  // namespace candor
