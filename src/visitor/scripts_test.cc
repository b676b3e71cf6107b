#include "visitor/scripts.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(ScriptsTest, StandBelowJsAlsoWithAProduct) {
  EXPECT_TRUE(is_script("/js/script.js"));
  EXPECT_TRUE(is_script("/p/mesh/js/script.js"));
  EXPECT_FALSE(is_script("/js/"));
  EXPECT_FALSE(is_script("/p/mesh"));
  EXPECT_FALSE(is_script("/assets/a.js"));
}

TEST(ScriptsTest, OtherNamesAreNotThere) {
  for (const auto* name : {"other.js", "script", "script.", "script.js.js", "script.rubbish.js",
                           "script..js", ".js", "js", "script.hash", "../index.html"})
    EXPECT_EQ(script(HttpRequest(), std::string("/js/") + name).status, 404) << name;
}

}  // namespace
}  // namespace candor
