#include "visitor/web_events.h"

#include <gtest/gtest.h>

#include "visitor/limits.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "web"
contact = "c@example.com"
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "pageview"
about = "A page."
fields = [
  { path = "page", type = "string", about = "Page." },
  { path = "entry", type = "string", about = "Entry." },
  { path = "props.stars", type = "integer", about = "Stars." },
]
)";

class WebEventsTest : public testing::Test {
 protected:
  WebEventsTest() : contract_(*parse_contract(kContract, "web.toml")) {
    request_.peer = "192.0.2.1";
    request_.headers = {{"User-Agent", "Browser/1"}};
  }
  WebEvents of(std::string_view body, const RefuseSite& refuse = nullptr) {
    const auto read = read_plausible_event(body);
    return web_events_of(std::get<PlausibleEvent>(read), request_, contract_, &visitors_, now_,
                         refuse);
  }

  const Contract contract_;
  Visitors visitors_;
  HttpRequest request_;
  const Instant now_ = *parse_rfc3339("2026-11-21T07:00:00Z");
};

TEST_F(WebEventsTest, AnEventHasItsVisitorAndNothingElseOfTheRequest) {
  const auto made =
      of(R"({"n":"pageview","u":"https://a.example/x?q=1","p":{"stars":"4","note":"n"}})");
  ASSERT_EQ(made.events.size(), 1u);
  EXPECT_EQ(made.events[0].name, "pageview");
  EXPECT_EQ(made.events[0].visitor.size(), 32u);
  EXPECT_EQ(to_line(made.events[0].document),
            R"({"page":"/x","props":{"stars":4,"note":"n"},"entry":"/x"})");
  EXPECT_EQ(made.dropped_count(), 0u);
}

TEST_F(WebEventsTest, EachSiteIsAnEventAndMayBeRefused) {
  const auto made = of(R"({"n":"pageview","u":"https://a/x","d":"a,b,c"})",
                       [](const std::string& site) { return site == "b" ? "unknown" : ""; });
  EXPECT_EQ(made.events.size(), 2u);
  EXPECT_EQ(made.dropped, (std::map<std::string, std::uint64_t>{{"unknown", 1}}));
}

TEST_F(WebEventsTest, BotsMakeNone) {
  request_.headers = {{"User-Agent", "Googlebot/2.1"}};
  const auto made = of(R"({"n":"pageview","u":"https://a/x"})");
  EXPECT_TRUE(made.events.empty());
  EXPECT_EQ(made.dropped.at("bot"), 1u);
}

}  // namespace
}  // namespace candor
