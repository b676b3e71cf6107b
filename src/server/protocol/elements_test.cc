#include "server/protocol/elements.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

using Elements = std::vector<std::string_view>;

TEST(Elements, AreFoundWhateverTheyAre) {
  EXPECT_EQ(*elements_of(R"( {"schema":"x","data":[{"a":[1,{"b":2}]}, NaN ,"\ud800","a]\",b"] })",
                         "data"),
            (Elements{R"({"a":[1,{"b":2}]})", "NaN", R"("\ud800")", R"("a]\",b")"}));
}

TEST(Elements, OfAnEmptyListThereAreNone) {
  EXPECT_EQ(*elements_of(R"({"data":[ ]})", "data"), Elements{});
}

TEST(Elements, OnlyTheMemberOfThatNameIsMeant) {
  EXPECT_EQ(*elements_of(R"({"x":["data",[1]],"y":{"data":[2]},"z":"data","data":[3]})", "data"),
            Elements{"3"});
}

TEST(Elements, OfATextWithoutSuchAListThereIsNothing) {
  for (const auto* text :
       {"", "foo", "[1]", R"({"data":7})", R"({"data":{"a":[1]}})", R"({"data":[1,2)",
        R"({"data":["a])", R"({"data":["\)", R"({"data)", R"({"other":[1]})", "]}", "{]"}) {
    EXPECT_FALSE(elements_of(text, "data")) << text;
  }
}

}  // namespace
}  // namespace candor
