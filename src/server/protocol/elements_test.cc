#include "server/protocol/elements.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

using Texts = std::vector<std::string_view>;

constexpr std::size_t kMany = 100;

TEST(Elements, AreFoundWhateverTheyAre) {
  EXPECT_EQ(elements_of(R"( {"schema":"x","data":[{"a":[1,{"b":2}]}, NaN ,"\ud800","a]\",b"] })",
                        "data", kMany)
                ->texts,
            (Texts{R"({"a":[1,{"b":2}]})", "NaN", R"("\ud800")", R"("a]\",b")"}));
}

TEST(Elements, OfAnEmptyListThereAreNone) {
  EXPECT_EQ(elements_of(R"({"data":[ ]})", "data", kMany)->texts, Texts{});
}

TEST(Elements, OnlyTheMemberOfThatNameIsMeant) {
  EXPECT_EQ(
      elements_of(R"({"x":["data",[1]],"y":{"data":[2]},"z":"data","data":[3]})", "data", kMany)
          ->texts,
      Texts{"3"});
}

TEST(Elements, OfATextWithoutSuchAListThereIsNothing) {
  for (const auto* text :
       {"", "foo", "[1]", R"({"data":7})", R"({"data":{"a":[1]}})", R"({"data":[1,2)",
        R"({"data":["a])", R"({"data":["\)", R"({"data)", R"({"other":[1]})", "]}", "{]"}) {
    EXPECT_FALSE(elements_of(text, "data", kMany)) << text;
  }
}

TEST(Elements, BeyondTheMostAreCounted) {
  const auto found = elements_of(R"({"data":[1,,[2,2],4,5]})", "data", 3);
  EXPECT_EQ(found->texts, (Texts{"1", "", "[2,2]"}));
  EXPECT_EQ(found->beyond, 2u);
}

}  // namespace
}  // namespace candor
