#include "visitor/plausible_event.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "visitor/limits.h"

namespace candor {
namespace {

PlausibleEvent event(std::string_view body) {
  auto read = read_plausible_event(body);
  if (const auto* errors = std::get_if<FieldErrors>(&read)) {
    ADD_FAILURE() << Json(*errors).dump() << " of " << body;
    return {};
  }
  return std::get<PlausibleEvent>(std::move(read));
}

// The document of an event whose other members are `rest`.
std::string document(std::string_view rest, std::string_view url = "https://a.example/x") {
  return to_line(
      event(fmt::format(R"({{"n":"pageview","u":"{}","d":"a.example"{}}})", url, rest)).document);
}

std::string errors(std::string_view body) {
  const auto read = read_plausible_event(body);
  const auto* errors = std::get_if<FieldErrors>(&read);
  return errors == nullptr ? "none" : Json(*errors).dump();
}

TEST(PlausibleEventTest, ShortAndLongNames) {
  const auto brief = event(
      R"({"n":"Signup","u":"https://www.a.example/x?y#z","d":"a.example","p":{"plan":"pro"}})");
  EXPECT_EQ(brief.name, "Signup");
  EXPECT_EQ(brief.sites, std::vector<std::string>{"a.example"});
  EXPECT_EQ(brief.page, "/x");
  EXPECT_EQ(to_line(brief.document), R"({"page":"/x","host":"a.example","props":{"plan":"pro"}})");
  const auto longer = event(
      R"({"name":"Signup","url":"https://www.a.example/x?y#z","domain":"a.example","props":{"plan":"pro"}})");
  EXPECT_EQ(longer.name, brief.name);
  EXPECT_EQ(to_line(longer.document), to_line(brief.document));
}

TEST(PlausibleEventTest, WhatTheTrackersSend) {
  // plausible-tracker 0.3.9
  EXPECT_EQ(
      to_line(
          event(
              R"({"n":"Signup","u":"https://a.example/s","d":"a.example","r":null,"w":1280,"h":0,"p":"{\"plan\":\"pro\"}"})")
              .document),
      R"({"page":"/s","host":"a.example","props":{"plan":"pro"}})");
  // @plausible-analytics/tracker 0.4.6
  EXPECT_EQ(
      to_line(
          event(
              R"({"n":"engagement","sd":null,"d":"a.example","u":"https://a.example/s","p":{},"e":5400,"v":36})")
              .document),
      R"({"page":"/s","host":"a.example","engagement":{"milliseconds":5400}})");
  EXPECT_EQ(
      to_line(
          event(
              R"({"n":"Buy","v":36,"u":"https://a.example/s","d":"a.example","r":null,"i":false,"$":{"currency":"EUR","amount":"12.50"}})")
              .document),
      R"({"page":"/s","host":"a.example","revenue":{"amount":12.5,"currency":"EUR"},"interactive":false})");
}

TEST(PlausibleEventTest, PagesAndHosts) {
  const auto page = [](std::string_view url, std::string_view rest = "") {
    return parse_json(document(rest, url))->at("page").get<std::string>();
  };
  EXPECT_EQ(page("https://a.example"), "/");
  EXPECT_EQ(page("https://a.example/a%20b/%C3%A9%20"), "/a b/é");
  EXPECT_EQ(page("https://a.example/x#/route"), "/x");
  EXPECT_EQ(page("https://a.example/x#/route", R"(,"h":1)"), "/x#/route");
  EXPECT_EQ(page("https://a.example/x#/route", R"(,"hashMode":true)"), "/x#/route");
  EXPECT_EQ(page("https://a.example/x#/route", R"(,"h":0)"), "/x");
  EXPECT_EQ(page("/only/a/path?q"), "/only/a/path");
  EXPECT_EQ(parse_json(document("", "/only"))->at("host"), "(none)");
  EXPECT_EQ(parse_json(document("", "https://user:pw@WWW.B.example:8443/x"))->at("host"),
            "b.example");
  EXPECT_EQ(parse_json(document("", "http://[2001:db8::1]:80/x"))->at("host"), "2001:db8::1");
}

TEST(PlausibleEventTest, SourcesAndReferrers) {
  const auto of = [](std::string_view rest, std::string_view url = "https://a.example/x") {
    const auto json = *parse_json(document(rest, url));
    return string_member(json, "referrer") + "|" + string_member(json, "source");
  };
  EXPECT_EQ(of(R"(,"r":"https://www.search.example/?q=secret")"), "search.example|search.example");
  EXPECT_EQ(of(R"(,"r":"https://www.a.example/before")"), "|");
  EXPECT_EQ(of(R"(,"r":"http://localhost:3000/")"), "|");
  EXPECT_EQ(of(R"(,"r":17)"), "|");
  EXPECT_EQ(of(R"(,"r":"https://b.example/")", "https://a.example/?ref=c&source=d&utm_source=e+f"),
            "b.example|e f");
  EXPECT_EQ(of("", "https://a.example/?ref=c&source=d"), "|d");
  EXPECT_EQ(of("", "https://a.example/?ref=c"), "|c");
}

TEST(PlausibleEventTest, Domains) {
  const auto sites = [](std::string_view domain) {
    return fmt::format(
        "{}",
        fmt::join(event(fmt::format(R"({{"n":"x","u":"https://www.u.example/"{}}})", domain)).sites,
                  ";"));
  };
  EXPECT_EQ(sites(R"(,"d":" www.a.example , b.example,,")"), "a.example;b.example");
  EXPECT_EQ(sites(""), "u.example");
  EXPECT_EQ(sites(R"(,"d":null)"), "u.example");
}

TEST(PlausibleEventTest, Properties) {
  EXPECT_EQ(
      document(
          R"(,"p":{"a":"x","b":3,"c":1.5,"d":true,"e":null,"f":[1],"g":{"h":1},"i":"","j":" ","":"k"})"),
      R"({"page":"/x","host":"a.example","props":{"a":"x","b":"3","c":"1.5","d":"true"}})");
  EXPECT_EQ(document(R"(,"props":{"a":"3"},"p":{"a":"2"},"meta":null,"m":"{\"a\":\"1\"}")"),
            R"({"page":"/x","host":"a.example","props":{"a":"1"}})");
  for (const auto* none : {R"(,"p":"no json")", R"(,"p":"[1]")", R"(,"p":7)", R"(,"p":[])"})
    EXPECT_EQ(document(none), R"({"page":"/x","host":"a.example"})") << none;
  std::string many;
  for (int i = 0; i < 40; ++i) many += fmt::format(R"({}"k{}":"v")", i == 0 ? "" : ",", i);
  EXPECT_EQ(parse_json(document(R"(,"p":{)" + many + "}"))->at("props").size(), kMaxPlausibleProps);
}

TEST(PlausibleEventTest, RevenueThatIsNoneGoes) {
  EXPECT_EQ(document(R"(,"revenue":"{\"amount\":3,\"currency\":\"USD\"}")"),
            R"({"page":"/x","host":"a.example","revenue":{"amount":3,"currency":"USD"}})");
  for (const auto* none :
       {R"(,"$":{"amount":3})", R"(,"$":{"amount":"x","currency":"EUR"})",
        R"(,"$":{"amount":[],"currency":"EUR"})", R"(,"$":{"amount":3,"currency":"euro"})",
        R"(,"$":3)", R"(,"$":{"amount":"[1]","currency":"EUR"})"})
    EXPECT_EQ(document(none), R"({"page":"/x","host":"a.example"})") << none;
}

TEST(PlausibleEventTest, Interactive) {
  EXPECT_EQ(event(R"({"n":"x","u":"/","d":"a","i":false})").document.at("interactive"), false);
  EXPECT_EQ(event(R"({"n":"x","u":"/","d":"a","interactive":false})").document.at("interactive"),
            false);
  EXPECT_FALSE(event(R"({"n":"x","u":"/","d":"a","i":true})").document.contains("interactive"));
}

TEST(PlausibleEventTest, Engagement) {
  const auto engagement = [](std::string_view rest) {
    const auto read = event(fmt::format(R"({{"n":"engagement","u":"/","d":"a"{}}})", rest));
    return to_line(read.document["engagement"]);
  };
  EXPECT_EQ(engagement(R"(,"sd":72,"e":"5400")"), R"({"scroll_depth":72,"milliseconds":5400})");
  EXPECT_EQ(engagement(R"(,"sd":"170")"), R"({"scroll_depth":100})");
  EXPECT_EQ(engagement(R"(,"sd":0)"), R"({"scroll_depth":0})");
  EXPECT_EQ(engagement(R"(,"sd":1,"e":2592000000)"), R"({"scroll_depth":1})");
  EXPECT_EQ(engagement(R"(,"sd":18446744073709551615)"), R"({"scroll_depth":100})");
  for (const auto* none : {"", R"(,"sd":null,"e":0)", R"(,"sd":-1)", R"(,"e":"x","sd":1.5)"}) {
    EXPECT_EQ(
        errors(fmt::format(R"({{"n":"engagement","u":"/","d":"a"{}}})", none)),
        R"({"event_name":["engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"]})")
        << none;
  }
}

TEST(PlausibleEventTest, NamesMayBeWholeNumbersAndAreNotTooLong) {
  EXPECT_EQ(event(R"({"n":404,"u":"/","d":"a"})").name, "404");
  std::string name;
  for (int i = 0; i < 120; ++i) name += "é";
  EXPECT_EQ(event(R"({"u":"/","d":"a","n":")" + name + R"("})").name, name);
  EXPECT_EQ(errors(R"({"u":"/","d":"a","n":")" + name + R"(x"})"),
            R"x({"event_name":["should be at most 120 character(s)"]})x");
  EXPECT_EQ(errors(R"({"n":" ","u":"/","d":"a"})"), R"({"event_name":["can't be blank"]})");
  EXPECT_EQ(errors(R"({"n":[],"u":"/","d":"a"})"), R"({"event_name":["is invalid"]})");
}

TEST(PlausibleEventTest, SaysWhatIsWrong) {
  for (const auto* rubbish :
       {"", "{", "[]", "7", "\xff", "{\"n\":\"\xed\xa0\x80\"}", "{\"n\":NaN}"})
    EXPECT_EQ(errors(rubbish), R"({"request":["Unable to parse request body as json"]})")
        << rubbish;
  EXPECT_EQ(
      errors("{}"),
      R"({"domain":["can't be blank"],"event_name":["can't be blank"],"url":["is required"]})");
  EXPECT_EQ(errors(R"({"n":"x","u":"data:text/html,x","d":"a"})"),
            R"({"url":["scheme is not allowed"]})");
  EXPECT_EQ(errors(R"({"n":"x","u":7,"d":"a"})"), R"({"url":["must be a valid url"]})");
  EXPECT_EQ(errors(R"({"n":"x","d":"a","u":"/)" + std::string(2000, 'x') + "\"}"),
            R"({"url":["must be a valid url"]})");
  EXPECT_EQ(errors(R"({"n":"x","u":"/x"})"), R"({"domain":["can't be blank"]})");
  EXPECT_EQ(errors(R"({"n":"x","u":"/x","d":""})"), R"({"domain":["can't be blank"]})");
  constexpr std::string_view kProps =
      R"({"props":["keys should have at most 300 bytes and values 2000 bytes"]})";
  EXPECT_EQ(errors(R"({"n":"x","u":"/","d":"a","p":{")" + std::string(301, 'k') + R"(":"v"}})"),
            kProps);
  EXPECT_EQ(errors(R"({"n":"x","u":"/","d":"a","p":{"k":")" + std::string(2001, 'v') + R"("}})"),
            kProps);
}

}  // namespace
}  // namespace candor
