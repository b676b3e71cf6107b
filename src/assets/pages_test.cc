#include "assets/pages.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(HtmlText, IsTextAlsoBetweenQuotes) {
  EXPECT_EQ(html_text("a b/c?d=e"), "a b/c?d=e");
  EXPECT_EQ(html_text(R"(<a href="x" id='y'>&amp;)"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
}

TEST(FilledPage, OfAPageThatIsNotThereIs404) {
  EXPECT_EQ(filled_page("/none.html", {{"a", "b"}}).status, 404);
}

}  // namespace
}  // namespace candor
