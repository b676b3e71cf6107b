// Texts of every length, as they come back out of a ring.
#include "fixture.h"

namespace candor::sdk {
namespace {

constexpr const char* kDeclared =
    "product\tacme\n"
    "contract\tc0ffee\n"
    "event\texported\n"
    "field\tnote\tstring\tclear\t\t\t64\n"
    "field\tkind\tstring\tclear\t\t\t64\ta\tabcdefgh\tabcdefghi\tabcdefghij\n"
    "field\tplace\tstring\tmd5\t\t\t\n";

std::string text_of(std::size_t length) {
  std::string text;
  while (text.size() < length) text += static_cast<char>('a' + text.size() % 26);
  return text;
}

class ValuesTest : public LibraryTest {
 protected:
  ValuesTest() { write_switch(kDeclared, std::vector<std::uint8_t>(4, 1)); }

  // What the ring has of that field, an event a line.
  std::vector<std::string> recorded() const {
    const auto bytes = ring();
    const auto view = library::RingView::open(bytes);
    std::vector<std::string> texts;
    for (const auto& event : view->events(1).events) {
      for (const auto& value : event.values)
        texts.emplace_back(std::get<std::string_view>(value.value));
    }
    return texts;
  }
};

TEST_F(ValuesTest, TextsOfEveryLengthComeBack) {
  std::vector<std::string> given;
  for (std::size_t length = 0; length <= 64; ++length) given.push_back(text_of(length));
  for (const auto* text : {"ä", "grün", "übergrößen", "1234567€", "a𝄞"}) given.emplace_back(text);
  in_process([&] {
    auto* const telemetry = start();
    const auto event = candor_find_event(telemetry, "exported");
    const auto note = candor_find_field(telemetry, event, "note");
    for (const auto& text : given) {
      // Of its own memory, so that reading beyond it is noticed.
      const std::vector<char> exactly(text.begin(), text.end());
      const auto value =
          candor_text_of(note, exactly.empty() ? "" : exactly.data(), exactly.size());
      EXPECT_EQ(candor_record(telemetry, event, &value, 1), CANDOR_OK) << text;
    }
    for (const auto& text : {text_of(65), std::string("1234567\xff"), std::string("\xc3")}) {
      const auto value = candor_text_of(note, text.data(), text.size());
      EXPECT_EQ(candor_record(telemetry, event, &value, 1), CANDOR_PARTLY) << text;
    }
  });
  EXPECT_EQ(recorded(), given);
}

TEST_F(ValuesTest, OfListedTextsOnlyTheWholeOnesAreTaken) {
  in_process([&] {
    auto* const telemetry = start();
    const auto event = candor_find_event(telemetry, "exported");
    const auto kind = candor_find_field(telemetry, event, "kind");
    const auto result_of = [&](const char* text) {
      const auto value = candor_text(kind, text);
      return candor_record(telemetry, event, &value, 1);
    };
    for (const auto* text : {"a", "abcdefgh", "abcdefghi", "abcdefghij"})
      EXPECT_EQ(result_of(text), CANDOR_OK) << text;
    for (const auto* text : {"", "b", "abcdefg", "abcdefghj", "abcdefghijk", "abcdefghii"})
      EXPECT_EQ(result_of(text), CANDOR_PARTLY) << text;
  });
  EXPECT_EQ(recorded(), (std::vector<std::string>{"a", "abcdefgh", "abcdefghi", "abcdefghij"}));
}

// A record goes where the ring begins again, or is dropped, by what it takes and no more.
TEST_F(ValuesTest, WhatDoesNotFitTheEndStandsAtTheBeginningOrIsDropped) {
  in_process([&] {
    auto* const telemetry = start();
    const auto event = candor_find_event(telemetry, "exported");
    const auto place = candor_find_field(telemetry, event, "place");
    const std::string long_text(1u << 20, 'x');
    const auto value = candor_text_of(place, long_text.data(), long_text.size());
    constexpr int kRoom = 65'536 / (48 + 8 + 32);
    for (int i = 0; i < kRoom; ++i)
      ASSERT_EQ(candor_record(telemetry, event, &value, 1), CANDOR_OK) << i;
    EXPECT_EQ(candor_record(telemetry, event, &value, 1), CANDOR_DROPPED);
    // 64 bytes are left, enough for an event without a value.
    EXPECT_EQ(candor_record(telemetry, event, nullptr, 0), CANDOR_OK);
    EXPECT_EQ(candor_record(telemetry, event, nullptr, 0), CANDOR_DROPPED);
  });
}

}  // namespace
}  // namespace candor::sdk
