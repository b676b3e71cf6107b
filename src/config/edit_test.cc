#include "config/edit.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

std::string set(std::string_view text, std::string_view key, const Value& value) {
  const auto result = set_in_text(text, "/c.toml", key, value);
  return result.ok() ? *result : result.error().message;
}

TEST(Edit, ReplacesOnlyTheValueAndKeepsComments) {
  EXPECT_EQ(
      set("# mine\ninterval = 24   # a day\nproduct = \"stone\"\n", "interval", std::int64_t{72}),
      "# mine\ninterval = 72   # a day\nproduct = \"stone\"\n");
  EXPECT_EQ(set("contact = 'a # b' # c\n", "contact", std::string("x")), "contact = \"x\" # c\n");
  EXPECT_EQ(set("contact = \"\"\"two\nlines\"\"\"\ninterval = 1\n", "contact", std::string("x")),
            "contact = \"x\"\ninterval = 1\n");
  EXPECT_EQ(set("contact = \"é\\\"ü\"\n", "contact", std::string("ö")), "contact = \"ö\"\n");
}

TEST(Edit, WhatIsWrongInTheFileCanBeSetRight) {
  EXPECT_EQ(set("wire = \"bogus\"\n", "wire", std::string("native")), "wire = \"native\"\n");
  EXPECT_NE(set("wire = \"bogus\"\n", "interval", std::int64_t{7}).find("not \"bogus\""),
            std::string::npos);
  EXPECT_NE(set("wire = \"bogus\"\ninterval = 0\n", "interval", std::int64_t{7}).find("wire is"),
            std::string::npos);
}

TEST(Edit, AKeyWithChoicesTakesNothingElse) {
  const auto& wire = *find_key(agent_keys(), "wire");
  EXPECT_TRUE(parse_value(wire, "segment").ok());
  for (const auto* text : {"bogus", "", "native|segment", "Native"}) {
    const auto wrong = parse_value(wire, text);
    EXPECT_EQ(wrong.error().kind, ErrorKind::kConfiguration) << text;
    EXPECT_EQ(wrong.error().message,
              std::string("wire is native or segment, not \"") + text + "\".");
  }
}

TEST(Edit, AddsWhatIsNotThere) {
  EXPECT_EQ(set("", "interval", std::int64_t{72}), "interval = 72\n");
  EXPECT_EQ(set("product = \"stone\"", "channel_ident", true),
            "product = \"stone\"\nchannel_ident = true\n");
  EXPECT_EQ(set("product = \"stone\"\n\n# the cluster\n[collect.ceph]\nconf = \"/x\"\n", "interval",
                std::int64_t{1}),
            "product = \"stone\"\ninterval = 1\n\n# the cluster\n[collect.ceph]\nconf = \"/x\"\n");
  EXPECT_EQ(set("[collect.ceph]\nconf = \"/x\"\n", "collect.ceph.timeout", std::int64_t{9}),
            "[collect.ceph]\ntimeout = 9\nconf = \"/x\"\n");
  EXPECT_EQ(set("collect.ceph.conf = \"/x\"\n", "collect.ceph.timeout", std::int64_t{9}),
            "collect.ceph.conf = \"/x\"\ncollect.ceph.timeout = 9\n");
}

TEST(Edit, EveryTextComesBackAsItWasSet) {
  for (const std::string text :
       {"", "a\"b\\c", "tab\there\nline", "Jo Doe <jo@example.com>", "é漢🎈", "\x01\x7f"}) {
    const auto changed = set_in_text("interval = 3\n", "/c.toml", "contact", text);
    ASSERT_TRUE(changed.ok());
    const auto settings = parse_settings(*changed, "/c.toml");
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ(settings->text("contact"), text);
    EXPECT_EQ(settings->integer("interval"), 3);
  }
}

TEST(Edit, AFileThatIsWrongIsNotTouched) {
  EXPECT_NE(set("intreval = 3\n", "interval", std::int64_t{72}).find("unknown key"),
            std::string::npos);
}

TEST(Edit, StonesNamesAreTaken) {
  EXPECT_EQ(*canonical_key("mgr/telemetry/interval"), "interval");
  EXPECT_EQ(*canonical_key("mgr/telemetry/url"), "endpoint");
  EXPECT_EQ(*canonical_key("mgr/telemetry/channel_ident"), "channel_ident");
  EXPECT_EQ(canonical_key("mgr/telemetry/enabled").error().kind, ErrorKind::kUsage);
  EXPECT_NE(canonical_key("mgr/telemetry/contakt").error().message.find("\"contact\""),
            std::string::npos);
}

TEST(Edit, ValuesAreOfTheKeysType) {
  const auto& interval = *find_key(agent_keys(), "interval");
  EXPECT_EQ(std::get<std::int64_t>(*parse_value(interval, "72")), 72);
  EXPECT_FALSE(parse_value(interval, "0").ok());
  EXPECT_FALSE(parse_value(interval, "1d").ok());
  const auto& insecure = *find_key(agent_keys(), "insecure");
  EXPECT_TRUE(std::get<bool>(*parse_value(insecure, "true")));
  EXPECT_FALSE(std::get<bool>(*parse_value(insecure, "False")));
  EXPECT_FALSE(parse_value(insecure, "maybe").ok());
}

TEST(Edit, UnsetTakesOutTheLineAndNothingElse) {
  const auto unset = [](std::string_view text, std::string_view key) {
    const auto result = unset_in_text(text, "/c.toml", key);
    if (!result.ok()) return "error: " + result.error().message;
    return *result ? **result : "not there";
  };
  EXPECT_EQ(unset("# a\ninterval = 72 # b\nproduct = \"x\"\n", "interval"),
            "# a\nproduct = \"x\"\n");
  EXPECT_EQ(unset("product = \"x\"\ninterval = 72", "interval"), "product = \"x\"\n");
  EXPECT_EQ(unset("contact = \"\"\"two\nlines\"\"\"\ninterval = 1\n", "contact"), "interval = 1\n");
  EXPECT_EQ(unset("[collect.ceph]\nconf = \"/x\"\ntimeout = 9\n", "collect.ceph.timeout"),
            "[collect.ceph]\nconf = \"/x\"\n");
  EXPECT_EQ(unset("channel_a = true\nchannel_b = true\n", "channel_a"), "channel_b = true\n");
  EXPECT_EQ(unset("interval = 1\n", "proxy"), "not there");
  EXPECT_EQ(unset("", "proxy"), "not there");
  // Two values on one line: that is for a person.
  EXPECT_TRUE(unset("collect.ceph = { conf = \"/x\", timeout = 9 }\n", "collect.ceph.timeout")
                  .starts_with("error: "));
}

}  // namespace
}  // namespace candor
