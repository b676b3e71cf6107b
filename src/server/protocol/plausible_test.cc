#include "server/protocol/plausible.h"

#include "base/json.h"
#include "server/protocol/protocol_fixture.h"
#include "visitor/limits.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "panel"
contact = "c@example.com"
accepts = ["plausible"]
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "pageview"
about = "A page."
fields = [
  { path = "page", type = "string", about = "P." },
  { path = "entry", type = "string", about = "E." },
  { path = "site", type = "string", about = "S." },
]
[[channel.event]]
name = "rating"
about = "A rating."
fields = [
  { path = "props.stars", type = "integer", min = 1, max = 5, about = "S." },
  { path = "props.why", type = "string", about = "W." },
]
)";

class PlausibleTest : public testing::Test {
 protected:
  PlausibleTest() {
    std::vector<Catalogue::Entry> entries;
    entries.push_back({contract("panel"), {"a.example"}, false});
    auto opened = Catalogue::open(std::move(entries), archive_.path());
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    catalogue_ = *std::move(opened);
    request_.peer = "192.0.2.1";
    request_.headers = {{"User-Agent", "Firefox"}};
  }

  static ContractPtr contract(const std::string& name) {
    std::string text(kContract);
    text.replace(text.find("panel"), 5, name);
    auto parsed = parse_contract(text, name + ".toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return std::make_shared<const Contract>(*std::move(parsed));
  }

  EventsOrRefusal read(std::string body, std::string_view prefix = "") {
    request_.body = std::move(body);
    return route().read({request_, prefix, received_, &visitors_}, "/api/event", catalogue_);
  }
  EventBatch batch(std::string body, std::string_view prefix = "") {
    auto result = read(std::move(body), prefix);
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
      ADD_FAILURE() << refusal->status << " " << refusal->reason;
      return {};
    }
    return std::get<EventBatch>(std::move(result));
  }
  HttpResponse answer(const EventsOrRefusal& result) {
    return route().refused({request_, "", received_, nullptr}, std::get<Refusal>(result));
  }
  static std::string reason_of(const EventsOrRefusal& result) {
    const auto* refusal = std::get_if<Refusal>(&result);
    return refusal == nullptr ? "taken" : refusal->reason;
  }
  static const EventRoute& route() { return plausible_routes()[0]; }

  Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  TemporaryFolder archive_;
  Catalogue catalogue_;
  HttpRequest request_;
  Visitors visitors_;
};

TEST_F(PlausibleTest, APageViewBeginsAVisit) {
  const std::string body = R"({"n":"pageview","u":"https://a.example/x","d":"a.example"})";
  const auto first = batch(body);
  ASSERT_EQ(first.events.size(), 1u);
  EXPECT_EQ(first.events[0].name, "pageview");
  EXPECT_EQ(first.events[0].document, R"({"page":"/x","site":"a.example","entry":"/x"})");
  const auto second = batch(body);
  EXPECT_EQ(second.events[0].document, R"({"page":"/x","site":"a.example"})");
  EXPECT_EQ(second.events[0].source, first.events[0].source);
  EXPECT_EQ(first.events[0].source.size(), 32u);
  EXPECT_TRUE(first.events[0].message_id.empty());
}

TEST_F(PlausibleTest, PropertiesAreNumbersWhereTheContractSaysSo) {
  const auto rated = batch(
      R"({"n":"rating","u":"https://a.example/x","d":"a.example","p":{"stars":"4","why":17}})");
  EXPECT_EQ(rated.events[0].document, R"({"page":"/x","props":{"stars":4,"why":"17"}})");
  const auto odd =
      batch(R"({"n":"rating","u":"https://a.example/x","d":"a.example","p":{"stars":"{}"}})");
  EXPECT_EQ(odd.events[0].document, R"({"page":"/x","props":{"stars":"{}"}})");
}

TEST_F(PlausibleTest, SeveralDomainsAreSeveralEvents) {
  const auto both = batch(R"({"n":"pageview","u":"/x","d":"a.example,b.example"})");
  ASSERT_EQ(both.events.size(), 2u);
  EXPECT_NE(both.events[0].source, both.events[1].source);
  EXPECT_EQ(both.events[1].document, R"({"page":"/x","site":"b.example","entry":"/x"})");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "s" + std::to_string(i) + ",";
  const auto cut = batch(R"({"n":"pageview","u":"/x","d":")" + many + "\"}");
  EXPECT_EQ(cut.events.size(), kMaxPlausibleSites);
  EXPECT_EQ(cut.refused.at("too_many"), 1u);
}

TEST_F(PlausibleTest, BotsAreRefusedAndTheAnswerSaysHowMany) {
  request_.headers = {{"User-Agent", "Googlebot/2.1"}};
  const auto dropped = batch(R"({"n":"pageview","u":"/x","d":"a.example,b.example"})");
  EXPECT_TRUE(dropped.events.empty());
  EXPECT_EQ(dropped.refused.at("bot"), 2u);
  ASSERT_EQ(dropped.headers.size(), 1u);
  EXPECT_EQ(dropped.headers[0].name, "x-plausible-dropped");
  EXPECT_EQ(dropped.headers[0].value, "2");
}

TEST_F(PlausibleTest, TheDomainNamesTheProductWhereItIsAKey) {
  std::vector<Catalogue::Entry> entries;
  entries.push_back({contract("one"), {"one.example"}, false});
  entries.push_back({contract("two"), {"two.example"}, true});
  TemporaryFolder archive;
  catalogue_ = *Catalogue::open(std::move(entries), archive.path());
  EXPECT_EQ(batch(R"({"n":"pageview","u":"/","d":"one.example"})").product->name(), "one");
  EXPECT_EQ(batch(R"({"n":"pageview","u":"/","d":"two.example"})").product->name(), "two");
  EXPECT_EQ(batch(R"({"n":"pageview","u":"/","d":"other.example"})", "one").product->name(), "one");
  const auto mixed = batch(R"({"n":"pageview","u":"/","d":"two.example,other.example"})");
  EXPECT_EQ(mixed.events.size(), 1u);
  EXPECT_EQ(mixed.refused.at("invalid_write_key"), 1u);
  const auto unknown = read(R"({"n":"pageview","u":"/","d":"other.example"})", "two");
  EXPECT_EQ(std::get<Refusal>(unknown).reason, "invalid_write_key");
  const auto told = answer(unknown);
  EXPECT_EQ(told.status, 202);
  EXPECT_EQ(told.body, "ok");
  EXPECT_EQ(reason_of(read(R"({"n":"pageview","u":"/","d":"other.example"})")),
            "ambiguous_product");
  EXPECT_EQ(reason_of(read(R"({"n":"pageview","u":"/","d":"x"})", "nobody")), "unknown_product");
}

TEST_F(PlausibleTest, ErrorsStandByField) {
  const auto blank = read("{}");
  EXPECT_EQ(std::get<Refusal>(blank).product, "panel");
  const auto told = answer(blank);
  EXPECT_EQ(told.status, 400);
  EXPECT_EQ(
      told.body,
      R"({"errors":{"domain":["can't be blank"],"event_name":["can't be blank"],"url":["is required"]}})"
      "\n");
  request_.headers.push_back({"Content-Encoding", "gzip"});
  const auto packed = answer(read("rubbish"));
  EXPECT_EQ(packed.status, 400);
  const auto told_packed = parse_json(packed.body);
  ASSERT_TRUE(told_packed.ok());
  EXPECT_EQ(told_packed->at("errors").at("request").size(), 1u);
  EXPECT_TRUE(told_packed->at("errors").at("request").is_array());
}

}  // namespace
}  // namespace candor
