#include "base/toml.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

// The error of reading the keys `name` (a text), `port` (a number) and `[[part]] size`.
std::string error_of(std::string_view text) {
  auto file = TomlFile::parse(text, "x.toml");
  if (!file.ok()) return file.error().message;
  auto root = file->root();
  root.text("name");
  root.integer("port");
  for (auto& part : root.tables("part")) part.integer("size");
  const auto status = file->finish();
  return status.ok() ? "" : status.error().message;
}

TEST(Toml, AGoodFileHasNoError) {
  EXPECT_EQ(error_of("name = \"a\"\nport = 1\n[[part]]\nsize = 2\n"), "");
}

TEST(Toml, AnUnknownKeyIsNamedWithItsPlaceAndTheNearestKnownOne) {
  EXPECT_EQ(error_of("name = \"a\"\nprot = 1\n"),
            "x.toml:2:1: unknown key \"prot\". Did you mean \"port\"?");
  EXPECT_EQ(error_of("[[part]]\nsiez = 2\n"),
            "x.toml:2:1: unknown key \"siez\". Did you mean \"size\"?");
}

TEST(Toml, AWrongTypeIsNamedWithItsPlace) {
  EXPECT_EQ(error_of("name = 1\n"), "x.toml:1:8: name is a text: write name = \"…\".");
  EXPECT_EQ(error_of("port = \"1\"\n"), "x.toml:1:8: port is a whole number.");
  EXPECT_EQ(error_of("part = 3\n"), "x.toml:1:8: part is a list of tables.");
}

TEST(Toml, WhatIsNoTomlIsNamedWithItsPlace) {
  EXPECT_TRUE(error_of("name = \n").starts_with("x.toml:1:")) << error_of("name = \n");
  EXPECT_TRUE(error_of("a = 1\na = 2\n").starts_with("x.toml:2:")) << error_of("a = 1\na = 2\n");
  for (const auto* text : {"[[}a]]\n", "[}a]\n", "[[]]\n", "a.} = 1\n"})
    EXPECT_TRUE(error_of(text).starts_with("x.toml:1:")) << text << error_of(text);
}

}  // namespace
}  // namespace candor
