#include "server/protocol/snowplow.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/json.h"
#include "server/protocol/limits.h"
#include "server/protocol/protocol_fixture.h"
#include "server/protocol/snowplow_event.h"
#include "wire/compression.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kTp2 = "/com.snowplowanalytics.snowplow/tp2";
constexpr std::string_view kIglu = "/com.snowplowanalytics.iglu/v1";

// As node's tracker encodes it.
std::string url_base64(std::string_view text, bool padded = false) {
  auto packed = to_base64(text);
  std::ranges::replace(packed, '+', '-');
  std::ranges::replace(packed, '/', '_');
  while (!padded && packed.ends_with('=')) packed.pop_back();
  return packed;
}

std::string schema(std::string_view name, std::string_view vendor = "com.meltano",
                   std::string_view version = "1-0-0") {
  return fmt::format("iglu:{}/{}/jsonschema/{}", vendor, name, version);
}
Json described(const std::string& schema, Json data) {
  return {{"schema", schema}, {"data", std::move(data)}};
}
Json envelope(std::string_view name, Json data, std::string_view version = "1-0-0") {
  return described(schema(name, "com.snowplowanalytics.snowplow", version), std::move(data));
}
Json cli_event(std::string_view version = "1-0-1", std::string_view vendor = "com.meltano") {
  return envelope("unstruct_event",
                  described(schema("cli_event", vendor, version), {{"event", "started"}}));
}

class SnowplowTest : public testing::Test {
 protected:
  SnowplowTest() {
    auto parsed = parse_contract(R"(
candor = 1
[product]
name = "meltano"
contact = "c@example.com"
accepts = ["snowplow"]
[[channel]]
name = "events"
about = "Events."
owner = "o"
[[channel.event]]
name = "cli_event"
about = "A command."
fields = [
  { path = "schema", type = "string", values = ["com.meltano/cli_event/1"], about = "S." },
  { path = "schemas.*", type = "string", values = ["com.meltano/project_context/1"], about = "S." },
  { path = "data.event", type = "string", about = "E." },
]
)",
                                 "meltano.toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    auto opened = Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(parsed)), {}, false}}, archive_.path());
    catalogue_ = *std::move(opened);
  }

  static const EventRoute& route(std::string_view path) {
    return *std::ranges::find(snowplow_routes(), path, &EventRoute::path);
  }

  EventsOrRefusal read(HttpRequest request, std::string_view path, std::string_view prefix = "") {
    return route(path).read({request, prefix, received_}, path, catalogue_);
  }
  EventBatch post(std::string body, std::string_view path = kTp2, std::string query = "") {
    HttpRequest request;
    request.method = "POST";
    request.body = std::move(body);
    request.query = std::move(query);
    return batch(read(std::move(request), path));
  }
  EventBatch get(std::string query) {
    HttpRequest request;
    request.method = "GET";
    request.query = std::move(query);
    return batch(read(std::move(request), "/i"));
  }
  // The only event of a body of one.
  EventSubmission event(Json fields) {
    auto posted = post(to_line(envelope("payload_data", Json::array({std::move(fields)}))));
    EXPECT_EQ(posted.events.size(), 1u);
    EXPECT_EQ(posted.product->name(), "meltano");
    return posted.events.empty() ? EventSubmission() : posted.events.front();
  }

  static EventBatch batch(EventsOrRefusal read) {
    if (const auto* refusal = std::get_if<Refusal>(&read)) {
      ADD_FAILURE() << refusal->reason << ": " << refusal->message;
      return {};
    }
    return std::get<EventBatch>(std::move(read));
  }
  static std::map<std::string, std::uint64_t> once(const std::string& reason) {
    return {{reason, 1}};
  }

  const Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  TemporaryFolder archive_;
  Catalogue catalogue_;
};

TEST_F(SnowplowTest, ASelfDescribingEventHasItsSchemasName) {
  const auto read = event({{"e", "ue"},
                           {"eid", "e-1"},
                           {"tv", "py-1.1.0"},
                           {"duid", "d"},
                           {"uid", "u"},
                           {"ue_px", url_base64(to_line(cli_event()))}});
  EXPECT_EQ(read.name, "cli_event");
  EXPECT_EQ(read.message_id, "e-1");
  EXPECT_EQ(read.source, "d");
  EXPECT_FALSE(read.at);
  EXPECT_EQ(read.document, R"({"schema":"com.meltano/cli_event/1","data":{"event":"started"},)"
                           R"("tracker":{"tv":"py-1.1.0","duid":"d","uid":"u"}})");
  EXPECT_TRUE(read.unreadable.empty());
}

TEST_F(SnowplowTest, EveryFormOfTheJsonIsRead) {
  // Texts whose base64 has no, one and two signs of padding, and both signs of the alphabet.
  for (const auto* text : {"a", "ab", "abc", "ÿþ?>~ü"}) {
    const auto json =
        to_line(envelope("unstruct_event", described(schema("cli_event"), {{"event", text}})));
    for (const auto& [field, value] :
         std::map<std::string, std::string>{{"ue_pr", json}, {"ue_px", url_base64(json)}}) {
      EXPECT_NE(event({{"e", "ue"}, {field, value}}).document.find(text), std::string::npos)
          << field;
    }
    for (const auto& packed : {url_base64(json, true), to_base64(json)})
      EXPECT_NE(event({{"e", "ue"}, {"ue_px", packed}}).document.find(text), std::string::npos);
  }
}

TEST_F(SnowplowTest, ContextsStandUnderTheirNames) {
  const Json contexts =
      Json::array({described(schema("project_context", "com.meltano", "1-1-0"), {{"a", 1}}),
                   described(schema("project_context"), {{"a", 2}})});
  for (const auto* version : {"1-0-0", "1-0-1"}) {
    const auto read = event({{"e", "ue"},
                             {"ue_pr", to_line(cli_event())},
                             {"co", to_line(envelope("contexts", contexts, version))}});
    EXPECT_EQ(read.document,
              R"({"schema":"com.meltano/cli_event/1","data":{"event":"started"},)"
              R"("schemas":{"project_context":"com.meltano/project_context/1"},)"
              R"("contexts":{"project_context":{"a":1},"project_context":{"a":2}}})");
  }
}

TEST_F(SnowplowTest, OfAnotherSchemaOnlyItsNameIsKept) {
  for (const auto& [version, vendor, said] :
       {std::tuple("2-0-0", "com.meltano", "com.meltano/cli_event/2"),
        std::tuple("1-0-0", "com.evil", "com.evil/cli_event/1")}) {
    const auto read = event(
        {{"e", "ue"}, {"url", "https://canary"}, {"ue_pr", to_line(cli_event(version, vendor))}});
    EXPECT_EQ(read.document, fmt::format(R"({{"schema":"{}"}})", said));
  }
  const auto contexts =
      envelope("contexts", Json::array({described(schema("project_context", "x"), {{"a", 1}}),
                                        described(schema("project_context"), {{"a", 2}})}));
  const auto read =
      event({{"e", "ue"}, {"ue_pr", to_line(cli_event())}, {"co", to_line(contexts)}});
  EXPECT_EQ(read.document, R"({"schema":"com.meltano/cli_event/1","data":{"event":"started"},)"
                           R"("schemas":{"project_context":"x/project_context/1"},)"
                           R"("contexts":{"project_context":{"a":2}}})");
}

TEST_F(SnowplowTest, AStructuredEventHasItsOwnNames) {
  const auto read = event({{"e", "se"},
                           {"se_ca", "shop"},
                           {"se_ac", "add"},
                           {"se_la", "l"},
                           {"se_pr", "p"},
                           {"se_va", "12.5"}});
  EXPECT_EQ(read.name, "struct_event");
  EXPECT_EQ(
      read.document,
      R"({"data":{"category":"shop","action":"add","label":"l","property":"p","value":12.5}})");
  EXPECT_EQ(event({{"e", "se"}, {"se_va", "NaN"}}).document, R"({"data":{"value":"NaN"}})");
  EXPECT_EQ(event({{"e", "se"}, {"se_va", "1e999"}}).document, R"({"data":{"value":"1e999"}})");
  EXPECT_EQ(event({{"e", "se"}, {"se_va", "7"}}).document, R"({"data":{"value":7}})");
}

TEST_F(SnowplowTest, APageViewSaysWhichPage) {
  const auto read = event({{"e", "pv"}, {"url", "u"}, {"page", "t"}, {"refr", "r"}});
  EXPECT_EQ(read.name, "page_view");
  EXPECT_EQ(read.document, R"({"page":{"url":"u","title":"t","referrer":"r"}})");
  EXPECT_EQ(event({{"e", "pp"}, {"pp_mix", "3"}}).document, R"({"data":{"min_x":3}})");
  EXPECT_EQ(event({{"e", "tr"}, {"tr_tt", 5}}).document, R"({"data":{"total":5}})");
  EXPECT_EQ(event({{"e", "ti"}}).name, "transaction_item");
}

TEST_F(SnowplowTest, AddressesAreNotLookedAt) {
  const auto read = event({{"e", "pv"},
                           {"ip", "192.0.2.77"},
                           {"tnuid", "canary"},
                           {"nuid", "canary"},
                           {"fp", "canary"}});
  EXPECT_EQ(read.document, "{}");
  EXPECT_EQ(read.source, "");
}

TEST_F(SnowplowTest, AWrongClockDoesNotMatter) {
  const auto at = [&](Json fields) {
    fields["e"] = "pv";
    return event(std::move(fields)).at;
  };
  EXPECT_EQ(at({{"dtm", "1000"}, {"stm", "61000"}}), received_ - std::chrono::seconds(60));
  EXPECT_EQ(at({{"dtm", "1000"}}), from_unix_millis(1000));
  EXPECT_EQ(at({{"dtm", "1000"}, {"stm", "61000"}, {"ttm", "5"}}), from_unix_millis(5));
  EXPECT_EQ(at({{"dtm", "1515740601600000"}}), from_unix_millis(1515740601600000));  // 50000
  for (const auto* odd : {"-1", "x", "", "1.5", "9223372036854775807"})
    EXPECT_FALSE(at({{"dtm", odd}})) << odd;
}

TEST_F(SnowplowTest, WhatCannotBeReadNamesTheMember) {
  const auto good = to_line(cli_event());
  using Unreadable = std::vector<std::string>;
  for (const auto& [fields, name, member] :
       std::initializer_list<std::tuple<Json, std::string_view, std::string>>{
           {{{"e", "ue"}, {"ue_px", "%%%"}}, "self_describing", "ue_px"},
           {{{"e", "ue"}, {"ue_px", "abcde"}}, "self_describing", "ue_px"},
           {{{"e", "ue"}, {"ue_px", url_base64(R"({"a":NaN})")}}, "self_describing", "ue_px"},
           {{{"e", "ue"}, {"ue_pr", R"({"a":"\ud800"})"}}, "self_describing", "ue_pr"},
           {{{"e", "ue"}, {"ue_pr", 7}}, "self_describing", "ue_pr"},
           {{{"e", "ue"}, {"ue_pr", to_line(described(schema("x"), Json::object()))}},
            "self_describing",
            "ue_pr"},
           {{{"e", "ue"}, {"ue_pr", to_line(envelope("unstruct_event", 7))}},
            "self_describing",
            "ue_pr"},
           {{{"e", "ue"}}, "self_describing", "ue_px"},
           {{{"e", "cli_event"}, {"ue_pr", good}}, "unknown", "e"},
           {Json::object(), "unknown", "e"},
       }) {
    const auto read = event(fields);
    EXPECT_EQ(read.name, name);
    EXPECT_EQ(read.document, "");
    EXPECT_EQ(read.unreadable, Unreadable{member});
  }
  const auto contexts = to_line(envelope("contexts", Json::array({7, {{"schema", "x"}}})));
  const auto read = event({{"e", "ue"}, {"ue_pr", good}, {"cx", url_base64(contexts)}});
  EXPECT_EQ(read.unreadable, Unreadable{"cx"});
  EXPECT_EQ(read.document, R"({"schema":"com.meltano/cli_event/1","data":{"event":"started"}})");
}

TEST_F(SnowplowTest, AnEventInTheQueryIsOneToo) {
  const auto read = get("e=ue&stm=61000&dtm=1000&ue_px=" + url_base64(to_line(cli_event())) +
                        "&cx=%7Bx&&aid=a%20b");
  ASSERT_EQ(read.events.size(), 1u);
  EXPECT_EQ(read.events[0].name, "cli_event");
  EXPECT_EQ(read.events[0].at, received_ - std::chrono::seconds(60));
  EXPECT_EQ(read.events[0].unreadable, std::vector<std::string>{"cx"});
  EXPECT_NE(read.events[0].document.find(R"("aid":"a b")"), std::string::npos);
}

TEST_F(SnowplowTest, ADocumentByItselfIsAnEvent) {
  const auto body = to_line(described(schema("cli_event"), {{"event", "failed"}}));
  for (const auto& read :
       {post(body, kIglu, "aid=a"), post("[" + body + "]", kIglu, "aid=a"),
        post(R"({"event":"failed"})", kIglu, "aid=a&schema=" + url_encode(schema("cli_event")))}) {
    ASSERT_EQ(read.events.size(), 1u);
    EXPECT_EQ(read.events[0].name, "cli_event");
    EXPECT_EQ(read.events[0].document,
              R"({"schema":"com.meltano/cli_event/1","data":{"event":"failed"},)"
              R"("tracker":{"aid":"a"}})");
  }
  EXPECT_EQ(post(R"({"a":1})", kIglu).events[0].unreadable, std::vector<std::string>{"schema"});
  EXPECT_EQ(post("foo", kIglu).refused, once("bad_document"));
}

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
