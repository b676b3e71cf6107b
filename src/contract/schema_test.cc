#include "contract/schema.h"

#include <gtest/gtest.h>

#include "contract/limits.h"

namespace candor {
namespace {

// "osd [] *": keys as they are (in quotes when they look like something else).
std::string steps_of(std::string_view path) {
  const auto steps = parse_path(path);
  if (!steps.ok()) return steps.error().message;
  std::string text;
  for (const auto& step : *steps) {
    if (!text.empty()) text += ' ';
    text += step.kind == PathStep::Kind::kElement  ? "[]"
            : step.kind == PathStep::Kind::kAnyKey ? "*"
                                                   : "<" + step.key + ">";
  }
  return text;
}

Status add(Schema& schema, std::string_view path, std::size_t field) {
  CANDOR_ASSIGN(steps, parse_path(path));
  return schema.add(steps, field);
}

TEST(ParsePath, SplitsKeysListsAndOpenMaps) {
  EXPECT_EQ(steps_of("count"), "<count>");
  EXPECT_EQ(steps_of("osd.count"), "<osd> <count>");
  EXPECT_EQ(steps_of("pools[].stats.rd"), "<pools> [] <stats> <rd>");
  EXPECT_EQ(steps_of("grid[][]"), "<grid> [] []");
  EXPECT_EQ(steps_of("metadata.osd.*.*"), "<metadata> <osd> * *");
  EXPECT_EQ(steps_of("*[].x"), "* [] <x>");
  EXPECT_EQ(steps_of("usage.\"pg_num:\""), "<usage> <pg_num:>");
  EXPECT_EQ(steps_of("a.\"b.c[]*\"[].d"), "<a> <b.c[]*> [] <d>");
  EXPECT_EQ(steps_of("a.\"\""), "<a> <>");
}

TEST(ParsePath, SaysWhyATextIsNoPath) {
  for (const auto* path : {"", ".", "a.", ".a", "a..b", "[]", "a.[]", "a[", "a[0]", "a[]b",
                           "a \"b\"", "a b", "a*", "**", "\"a", "\"a\"b", "a]"}) {
    const auto steps = parse_path(path);
    ASSERT_FALSE(steps.ok()) << path;
    EXPECT_EQ(steps.error().kind, ErrorKind::kConfiguration);
    EXPECT_NE(steps.error().message.find("is no path: "), std::string::npos)
        << steps.error().message;
  }
}

TEST(ParsePath, HasNoMoreStepsThanADocumentMayHave) {
  std::string path = "a";
  for (std::size_t i = 1; i < kMaxPathSteps; ++i) path += ".a";
  EXPECT_TRUE(parse_path(path).ok());
  EXPECT_FALSE(parse_path(path + ".a").ok());
  EXPECT_FALSE(parse_path(path + "[]").ok());
  std::string endless = "a";
  for (int i = 0; i < 300'000; ++i) endless += "[]";
  EXPECT_FALSE(parse_path(endless).ok());
}

TEST(Schema, FindsANamedMemberBeforeTheOpenMap) {
  Schema schema;
  ASSERT_TRUE(add(schema, "m.known", 1).ok());
  ASSERT_TRUE(add(schema, "m.*", 2).ok());
  const auto* map = schema.root().member("m");
  ASSERT_NE(map, nullptr);
  EXPECT_TRUE(map->is_object());
  EXPECT_FALSE(map->is_list());
  EXPECT_EQ(map->member("known")->field, 1u);
  EXPECT_EQ(map->member("other")->field, 2u);
  EXPECT_EQ(schema.root().member("other"), nullptr);
}

TEST(Schema, FindsByDeclaredPath) {
  Schema schema;
  ASSERT_TRUE(add(schema, "pools[].size", 0).ok());
  ASSERT_TRUE(add(schema, "pools[].tags[]", 1).ok());
  EXPECT_EQ(schema.find(*parse_path("pools[].size"))->field, 0u);
  EXPECT_EQ(schema.find(*parse_path("pools[].tags[]"))->field, 1u);
  EXPECT_TRUE(schema.find(*parse_path("pools"))->is_list());
  EXPECT_TRUE(schema.find(*parse_path("pools[]"))->is_object());
  EXPECT_EQ(schema.find(*parse_path("pools.size")), nullptr);
  EXPECT_EQ(schema.find(*parse_path("pools[].size.more")), nullptr);
  EXPECT_EQ(schema.find(*parse_path("pools[].*")), nullptr);
}

TEST(Schema, APathIsOneThingOnly) {
  Schema schema;
  ASSERT_TRUE(add(schema, "a.b", 0).ok());
  ASSERT_TRUE(add(schema, "list[].x", 1).ok());
  for (const auto* path :
       {"a.b", "a", "a.b.c", "a.b[]", "a[]", "list", "list.x", "list[]", "list[][]", "list.*"}) {
    const auto added = add(schema, path, 9);
    ASSERT_FALSE(added.ok()) << path;
    EXPECT_EQ(added.error().kind, ErrorKind::kConfiguration);
  }
  EXPECT_TRUE(add(schema, "a.c", 2).ok());
}

}  // namespace
}  // namespace candor
