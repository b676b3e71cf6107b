#include "contract/generate.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "contract/generated_names.h"
#include "contract/program_fixture.h"

namespace candor {
namespace {

std::string generated(std::string_view fields, std::string_view events = "",
                      std::string_view day = "2026-11-22") {
  const auto contract = program_contract(fields, events);
  if (!contract.ok()) return contract.error().message;
  const auto text = to_cpp(*contract, day_of(*parse_day(day)));
  return text.ok() ? *text : text.error().message;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr std::string_view kExpiring =
    R"({ path = "old", type = "integer", kind = "counter", expires = "2026-11-22", about = "Old." })";

TEST(Generate, AnExpiredFieldStopsIt) {
  const auto said = generated(kExpiring);
  EXPECT_TRUE(has(said, "acme.toml:10:")) << said;
  EXPECT_TRUE(has(said, "old has expired")) << said;
  EXPECT_TRUE(has(said, "--as-of 2026-11-21")) << said;
  EXPECT_TRUE(has(generated(kExpiring, "", "2026-11-21"), "candor::Counter old;"));
}

TEST(Generate, NamesThatBecomeOneAreRefused) {
  const auto refused = [](std::string_view fields, std::string_view events, std::string_view name) {
    const auto said = generated(fields, events);
    EXPECT_TRUE(has(said, fmt::format("another name becomes {}, too", name))) << said;
  };
  refused(R"({ path = "a.b", type = "integer", kind = "counter", about = "A." },
             { path = "a_b", type = "integer", kind = "counter", about = "A." })",
          "", "a_b");
  refused("", R"toml(
[[channel.event]]
name = "a b"
about = "A."
[[channel.event]]
name = "a-b"
about = "A."
)toml",
          "AB");
  refused("", R"toml(
[[channel.event]]
name = "a"
about = "A."
fields = [{ path = "x", type = "string", values = ["1-2", "1.2"], about = "X." }]
)toml",
          "_1_2");
}

TEST(Generate, WhatComesFromTheContractIsTextOrComment) {
  const auto text = generated("", R"toml(
[[channel.event]]
name = "a\"b"
about = "Ends */ and goes on \\"
fields = [{ path = "x", type = "string", values = ["q\"\\"], about = "X." }]
)toml");
  EXPECT_TRUE(has(text, R"(telemetry_.event("a\"b"))")) << text;
  EXPECT_TRUE(has(text, R"({"q\"\\"})")) << text;
  EXPECT_FALSE(has(text, "on \\\n")) << "a comment that goes on";
}

TEST(Generate, NamesOfTheCodeItselfAreTaken) {
  const auto said = [](std::string_view fields, std::string_view events) {
    return generated(fields, events);
  };
  EXPECT_TRUE(
      has(said(R"({ path = "record", type = "integer", kind = "counter", about = "A." })", ""),
          "another name becomes record, too"));
  EXPECT_TRUE(has(said("", "[[channel.event]]\nname = \"telemetry\"\nabout = \"A.\"\n"),
                  "another name becomes"));
}

TEST(Generate, MacrosAndWordsOfEitherLanguageAreNoNames) {
  using generated::identifier;
  using generated::type_name;
  EXPECT_EQ(identifier("linux"), "linux_");
  EXPECT_EQ(identifier("static_cast"), "static_cast_");
  EXPECT_EQ(identifier("restrict"), "restrict_");
  EXPECT_EQ(type_name("NULL"), "NULL_");
  EXPECT_EQ(identifier("é"), "_");
}

TEST(Generate, NothingEndsALiteralOrACommentEarly) {
  using generated::comment;
  using generated::literal;
  EXPECT_EQ(literal("a?\?/"), "\"a?\\?/\"") << "a backslash to C11";
  EXPECT_EQ(literal("\x01"
                    "1\r"),
            "\"\\0011\\015\"");
  EXPECT_EQ(literal("\u202e."), "\"\\342\\200\\256.\"") << "code that looks like another";
  EXPECT_EQ(comment("a?\?/\r\nb\\"), "a? ?/  b ");
  EXPECT_EQ(comment("\u202ea"), "a");
}

TEST(Generate, CodeIsTheSameForTheSameContract) {
  EXPECT_EQ(generated(kExpiring, "", "2026-11-01"), generated(kExpiring, "", "2026-11-21"));
}

}  // namespace
}  // namespace candor
