#include "server/admit/json_text.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

TEST(JsonText, TextsAreEscapedAsOtherWritersDo) {
  // Each byte at each place of a word, so that none of them slips through eight at a time.
  for (int byte = 1; byte < 0x80; ++byte) {
    for (std::size_t place = 0; place < 17; ++place) {
      std::string text(17, 'x');
      text[place] = static_cast<char>(byte);
      JsonText json;
      json.put_text(text);
      const auto read = parse_json(std::string(json.view()));
      ASSERT_TRUE(read.ok()) << byte << " at " << place;
      EXPECT_EQ(read->get<std::string>(), text);
      if (byte != 0x7f) {
        EXPECT_EQ(json.view(), to_line(Json(text)));
      }
    }
  }
}

TEST(JsonText, WhatIsCutIsGone) {
  JsonText json;
  json.put('[');
  const auto before = json.size();
  json.put_text(std::string(10'000, 'a'));
  json.cut(before);
  json.put("1]");
  EXPECT_EQ(json.view(), "[1]");
  json.clear();
  EXPECT_EQ(json.view(), "");
}

TEST(JsonText, ManyPiecesStayInOrder) {
  JsonText json;
  std::string expected;
  for (int i = 0; i < 50'000; ++i) {
    json.put(std::to_string(i));
    expected += std::to_string(i);
  }
  EXPECT_GT(expected.size(), kSharedParserBytes / 2);
  EXPECT_EQ(json.view(), expected);
}

}  // namespace
}  // namespace candor
