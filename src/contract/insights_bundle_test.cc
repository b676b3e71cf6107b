// A bundle is read by whom it is signed for, and nothing in it can be changed unseen.
#include "contract/insights_bundle.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "contract/limits.h"

namespace candor {
namespace {

InsightsBundle a_bundle() {
  InsightsBundle bundle;
  bundle.product = "meltano";
  bundle.made = "2026-11-22T16:00:00Z";
  bundle.window_days = 14;
  bundle.plugins = {{"plugin", "tap-x", "1.2.2", "healthy", "390 of 400 runs completed.",
                     "2026-11-10", 41, 400, 0.975, 1, 1200, 9000, "1.2.2"},
                    {"plugin", "tap-x", "1.2.3", "failing", "38 of 40 installations fail.",
                     "2026-11-20", 40, 390, 0.031, 4, std::nullopt, std::nullopt, "1.2.2"}};
  bundle.crashes = {{std::string(64, 'a'), "2026-11-01", "1.4.0"}};
  return bundle;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Insights : public testing::Test {
 protected:
  const SigningKey key_ = SigningKey::generate();
  const std::string pinned_ = to_base64(key_.public_key());
  const std::string text_ = insights_text(a_bundle(), key_);
};

TEST_F(Insights, WhatWasWrittenIsRead) {
  const auto read = verify_insights(text_, pinned_);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->product, "meltano");
  EXPECT_EQ(read->made, "2026-11-22T16:00:00Z");
  EXPECT_EQ(read->window_days, 14);
  ASSERT_EQ(read->plugins.size(), 2u);
  EXPECT_EQ(read->plugins[1].verdict, kFailing);
  EXPECT_EQ(read->plugins[1].better, "1.2.2");
  EXPECT_EQ(read->plugins[1].installations, 40u);
  EXPECT_DOUBLE_EQ(read->plugins[1].success, 0.031);
  EXPECT_EQ(read->plugins[0].p95_ms, 9000u);
  EXPECT_FALSE(read->plugins[1].median_ms);
  ASSERT_EQ(read->crashes.size(), 1u);
  EXPECT_EQ(read->crashes[0].fixed_in, "1.4.0");
  EXPECT_EQ(insights_text(*read, key_), text_);
}

TEST_F(Insights, TheSignedTextIsThePageOfTheFormat) {
  const auto document = parse_json(text_);
  ASSERT_TRUE(document.ok());
  const auto& signature = (*document)["signature"];
  EXPECT_EQ(signature["key"], to_hex(key_.public_key()));
  EXPECT_TRUE(verify_signature(key_.public_key(),
                               "candor insights 1\n" + to_line((*document)["insights"]),
                               *from_hex(signature["ed25519"].get<std::string>())));
}

TEST_F(Insights, AllAndNothingAreWholeNumbers) {
  auto bundle = a_bundle();
  bundle.plugins[0].success = 1;
  bundle.plugins[1].success = 0;
  const auto text = insights_text(bundle, key_);
  EXPECT_NE(text.find("\"success\":1,"), std::string::npos);
  EXPECT_NE(text.find("\"success\":0,"), std::string::npos);
  EXPECT_TRUE(verify_insights(text, pinned_).ok());
}

TEST_F(Insights, HowItIsIndentedDoesNotMatter) {
  const auto document = parse_json(text_);
  ASSERT_TRUE(document.ok());
  EXPECT_TRUE(verify_insights(to_pretty(*document), pinned_).ok());
}

TEST_F(Insights, WhatWasChangedIsRefused) {
  for (const auto& text :
       {replaced(text_, "failing", "healthy"), replaced(text_, "\"runs\":390", "\"runs\":391"),
        replaced(text_, "\"crashes\":[", "\"crashes\":[]},\"x\":{\"y\":[")}) {
    const auto read = verify_insights(text, pinned_);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind, ErrorKind::kGeneral);
  }
}

TEST_F(Insights, AnotherKeyIsRefused) {
  const auto other = SigningKey::generate();
  const auto read = verify_insights(insights_text(a_bundle(), other), pinned_);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("another key"), std::string::npos);
  EXPECT_FALSE(verify_insights(text_, "").ok());
}

TEST_F(Insights, WhatIsNoBundleIsRefusedWithItsReason) {
  const auto refused = [&](const std::string& text, std::string_view why) {
    const auto read = verify_insights(text, pinned_);
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.error().message.find(why), std::string::npos) << read.error().message;
  };
  refused("", "not JSON");
  refused("[]", "no \"insights\"");
  refused(R"({"insights":{},"signature":{}})", "another key");
  refused(std::string(kMaxInsightsBytes + 1, ' '), "more than");
  auto bundle = a_bundle();
  bundle.plugins[0].verdict = "splendid";
  refused(insights_text(bundle, key_), "no verdict");
  bundle = a_bundle();
  bundle.plugins[0].success = 1.5;
  refused(insights_text(bundle, key_), "share of success");
  bundle = a_bundle();
  bundle.product = "";
  refused(insights_text(bundle, key_), "names no product");
  bundle = a_bundle();
  bundle.crashes[0].fixed_in = "";
  refused(insights_text(bundle, key_), "a crash of it");
}

TEST(InsightsBundle, ItsMarkIsMadeOfItsBytes) {
  EXPECT_EQ(insights_etag("bundle"), insights_etag("bundle"));
  EXPECT_NE(insights_etag("bundle"), insights_etag("bundle\n"));
  EXPECT_EQ(insights_etag(""), "\"e3b0c44298fc1c149afbf4c8996fb924\"");
}

}  // namespace
}  // namespace candor
