// Requests that are not as a tracker makes them, and their answers.
#include "server/protocol/limits.h"
#include "server/protocol/snowplow.h"
#include "server/protocol/snowplow_event.h"
#include "server/protocol/snowplow_fixture.h"
#include "wire/compression.h"
#include "wire/url.h"

namespace candor {
namespace {

TEST_F(SnowplowTest, OneBadEventCostsItselfOnly) {
  for (const auto* bad : {"7", "NaN", R"({"e":"se","se_la":"\ud800"})", "{\"e\":\"\xff\"}"}) {
    const auto read = post(fmt::format(R"({{"data":[{{"e":"pv"}},{},{{"e":"pv"}}]}})", bad));
    EXPECT_EQ(read.events.size(), 2u) << bad;
    EXPECT_EQ(read.refused, once("bad_event")) << bad;
  }
  const auto deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(post(R"({"data":[)" + deep + R"(,{"e":"pv"}]})").events.size(), 1u);
}

TEST_F(SnowplowTest, ABodyThatIsNoneCountsOnce) {
  for (const auto* body : {"", "foo", "[]", "{}", R"({"data":7})", R"({"data":[{"e":"pv"})"}) {
    const auto read = post(body);
    EXPECT_TRUE(read.events.empty());
    EXPECT_EQ(read.refused, once("bad_document")) << body;
  }
  std::string many = R"({"data":[{})";
  for (std::size_t i = 0; i < kMaxSnowplowEvents + 2; ++i) many += ",{}";
  const auto read = post(many + "]}");
  EXPECT_EQ(read.events.size(), kMaxSnowplowEvents);
  EXPECT_EQ(read.refused, (std::map<std::string, std::uint64_t>{{"too_many", 3}}));
}

TEST_F(SnowplowTest, NothingBetweenCommasIsNoEventAndBeyondTheMostNothingIsRead) {
  const auto read =
      post(R"({"data":[{"e":"pv"})" + std::string(kMaxSnowplowEvents + 4, ',') + "]}");
  EXPECT_EQ(read.events.size(), 1u);
  EXPECT_EQ(read.refused.at("bad_event"), kMaxSnowplowEvents - 1);
  EXPECT_EQ(read.refused.at("too_many"), 5u);
}

TEST_F(SnowplowTest, WhatTheEventsOfARequestShareHasALimitInAll) {
  const auto query = "p=" + std::string(20'000, 'x');
  std::string many = "[";
  for (int i = 0; i < 1'000; ++i)
    many += fmt::format(R"({}{{"schema":"{}","data":{{}}}})", i ? "," : "", schema("cli_event"));
  const auto read = post(many + "]", kIglu, query);
  std::size_t bytes = 0;
  for (const auto& event : read.events) bytes += event.document.size();
  EXPECT_GT(bytes, kMaxEventDocumentsBytes - 30'000);
  EXPECT_LE(bytes, kMaxEventDocumentsBytes);
  EXPECT_EQ(read.refused.at("too_large"), 1'000 - read.events.size());
}

TEST_F(SnowplowTest, OfAQueryTheFirstFieldsAreRead) {
  std::string query = "e=pv";
  for (std::size_t i = 0; i < 2 * kMaxSnowplowFields; ++i) query += fmt::format("&x{}=1", i);
  const auto document = *parse_json(get(query).events.at(0).document);
  EXPECT_EQ(document["tracker"].size(), kMaxSnowplowFields - 1);
}

TEST_F(SnowplowTest, ContextsOfTooManySchemasAreUnreadable) {
  Json contexts = Json::array();
  for (std::size_t i = 0; i <= kMaxSnowplowContexts; ++i)
    contexts.push_back(described(schema(fmt::format("c{}", i)), Json::object()));
  const auto read = event({{"e", "pv"}, {"co", to_line(envelope("contexts", contexts))}});
  EXPECT_EQ(read.unreadable, std::vector<std::string>{"co"});
  EXPECT_EQ((*parse_json(read.document))["schemas"].size(), kMaxSnowplowContexts);
}

TEST_F(SnowplowTest, APayloadIsNeverAnErrorOfHttp) {
  HttpRequest request;
  request.method = "POST";
  request.headers = {{"Content-Encoding", "gzip"}, {"Origin", "https://shop.example"}};
  for (const auto& body :
       {std::string("\x1f\x8b"), gzip(std::string(kMaxSnowplowBodyBytes + 1, 'x')),
        gzip("foo").substr(0, 12)}) {
    request.body = body;
    const auto result = read(request, kTp2);
    const auto& refusal = std::get<Refusal>(result);
    EXPECT_EQ(refusal.reason, "bad_encoding");
    EXPECT_EQ(refusal.product, "meltano");
    const auto told = route(kTp2).refused({request, "", received_}, refusal);
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(told.body, "ok");
    EXPECT_EQ(told.content_type, "text/plain");
    EXPECT_EQ(told.headers[0].value, "https://shop.example");
  }
  const auto told = [&](int status, const char* reason) {
    return route(kTp2).refused({request, "", received_}, {status, reason, "It is so.", "", ""});
  };
  EXPECT_EQ(told(413, "too_large").status, 200);
  const auto full = told(503, "try_again");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.headers[0].name, "Retry-After");
}

TEST_F(SnowplowTest, AnAddressOfNoProductIsNotTriedAgain) {
  HttpRequest request;
  request.method = "POST";
  const auto result = read(request, kTp2, "nobody");
  const auto& refusal = std::get<Refusal>(result);
  EXPECT_EQ(refusal.reason, "unknown_product");
  EXPECT_EQ(route(kTp2).refused({request, "nobody", received_}, refusal).status, 400);
}

TEST_F(SnowplowTest, ThePixelIsAGif) {
  HttpRequest request;
  request.method = "GET";
  const auto pixel = route("/ice.png").taken({request, "", received_});
  EXPECT_EQ(pixel.body.size(), 43u);
  EXPECT_TRUE(pixel.body.starts_with("GIF89a") && pixel.body.ends_with(';'));
  EXPECT_EQ(pixel.content_type, "image/gif");
  EXPECT_EQ(pixel.headers[0].value, "no-cache, no-store, must-revalidate");
}

TEST(AnyBase64, TakesBothAlphabetsAndNothingElse) {
  EXPECT_EQ(from_any_base64("-_-_"), from_any_base64("+/+/"));
  EXPECT_EQ(from_any_base64("YQ"), "a");
  EXPECT_EQ(from_any_base64("YQ=="), "a");
  EXPECT_EQ(from_any_base64(""), "");
  for (const auto* text : {"Y", "Y.==", "YQ==YQ==", "a\nb", "é"})
    EXPECT_FALSE(from_any_base64(text)) << text;
}

}  // namespace
}  // namespace candor
