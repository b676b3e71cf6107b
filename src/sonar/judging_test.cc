#include "sonar/judging.h"

#include <gtest/gtest.h>

#include "sonar/json_path.h"
#include "sonar/limits.h"

namespace candor {
namespace {

ScanAnswer answer_of(int status, std::string body) {
  return {status, {{"X-Version", "7.1"}}, std::move(body), std::chrono::milliseconds(250)};
}

TEST(JsonPath, LeadsToAValueOrToNothing) {
  const auto json = *parse_json(R"({"a":{"b c":[10,{"d":true}]}})");
  EXPECT_EQ(to_line(**at_path(json, "$.a['b c'][1].d")), "true");
  EXPECT_EQ(to_line(**at_path(json, "$['a'][\"b c\"][0]")), "10");
  EXPECT_EQ(*at_path(json, "$.a.x"), nullptr);
  EXPECT_EQ(*at_path(json, "$.a['b c'][7].d"), nullptr);
  for (const auto* path : {"a", "$a", "$..a", "$[", "$[x]", "$.a['b", "$[]"})
    EXPECT_FALSE(at_path(json, path).ok()) << path;
}

TEST(Judging, AnyTwoHundredIsFineUnlessSomethingIsExpected) {
  EXPECT_FALSE(judge({}, answer_of(204, "")));
  const auto problem = judge({}, answer_of(500, ""));
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->failure, ScanFailure::kHttpStatus);
  EXPECT_EQ(problem->actual, "500");
  SonarExpectation redirect;
  redirect.status = {200, 302};
  EXPECT_FALSE(judge(redirect, answer_of(302, "")));
  EXPECT_EQ(judge(redirect, answer_of(201, ""))->expected, "200, 302");
}

TEST(Judging, WhatIsNotAsExpectedIsTold) {
  SonarExpectation expectation;
  expectation.json = {{"$.status", "active"}};
  EXPECT_FALSE(judge(expectation, answer_of(200, R"({"status":"active"})")));
  auto problem = judge(expectation, answer_of(200, R"({"status":"locked"})"));
  EXPECT_EQ(problem->failure, ScanFailure::kAssertion);
  EXPECT_EQ(problem->message, "$.status is not as expected");
  EXPECT_EQ(problem->expected, "\"active\"");
  EXPECT_EQ(problem->actual, "\"locked\"");
  EXPECT_EQ(judge(expectation, answer_of(200, "<html>"))->message, "the answer is no JSON");
  EXPECT_EQ(judge(expectation, answer_of(200, "{}"))->actual, "nothing");
  const std::string large = "\"" + std::string(kMaxScanJsonBytes, 'x') + "\"";
  EXPECT_EQ(judge(expectation, answer_of(200, large))->failure, ScanFailure::kAssertion);
}

TEST(Judging, TextsHeadersAndTime) {
  SonarExpectation expectation;
  expectation.body_contains = {"Access"};
  EXPECT_FALSE(judge(expectation, answer_of(200, "The Access page")));
  EXPECT_EQ(judge(expectation, answer_of(200, "Login"))->expected, "Access");
  expectation = {};
  expectation.headers = {{"x-version", "7."}};
  EXPECT_FALSE(judge(expectation, answer_of(200, "")));
  expectation.headers = {{"x-version", "8."}};
  EXPECT_EQ(judge(expectation, answer_of(200, ""))->actual, "7.1");
  expectation = {};
  expectation.max_ms = 249;
  EXPECT_EQ(judge(expectation, answer_of(200, ""))->actual, "250 ms");
}

TEST(Judging, ValuesAreSaved) {
  CookieJar cookies;
  cookies.take(*parse_url("https://a.test/"), "sid=77; Secure", Instant());
  const auto answer = answer_of(200, R"({"id":"t-1","n":[3],"page":"csrf=abc123;"})");
  EXPECT_EQ(*saved_value("$.id", answer, cookies), "t-1");
  EXPECT_EQ(*saved_value("$.n[0]", answer, cookies), "3");
  EXPECT_EQ(*saved_value("header:x-version", answer, cookies), "7.1");
  EXPECT_EQ(*saved_value("cookie:sid", answer, cookies), "77");
  EXPECT_EQ(*saved_value("regex:csrf=([a-z0-9]+)", answer, cookies), "abc123");
  for (const auto* from : {"$.other", "header:x", "cookie:x", "regex:nothing"})
    EXPECT_FALSE(saved_value(from, answer, cookies).ok()) << from;
}

}  // namespace
}  // namespace candor
