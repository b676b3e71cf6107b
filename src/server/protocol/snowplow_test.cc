#include "server/protocol/snowplow.h"

#include "server/protocol/snowplow_event.h"
#include "server/protocol/snowplow_fixture.h"
#include "wire/url.h"

namespace candor {
namespace {

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

}  // namespace
}  // namespace candor
