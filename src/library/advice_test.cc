#include "library/advice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace candor::library {
namespace {

constexpr std::int64_t kMade = 1'800'000'000'000;
constexpr std::int64_t kDay = 86'400'000;

class Text final : public AdviceBytes {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  std::size_t read(std::uint64_t offset, char* into, std::size_t count) const override {
    if (offset >= text_.size()) return 0;
    const auto part = std::string_view(text_).substr(offset, count);
    std::memcpy(into, part.data(), part.size());
    return part.size();
  }

 private:
  std::string text_;
};

AdviceLine line(std::string name, std::string version) {
  return {"plugin", std::move(name), std::move(version), Verdict::kFailing, "9.9", "It fails."};
}

std::optional<FoundAdvice> find(const std::string& bytes, const PluginName& plugin,
                                AdviceRoom& room, std::int64_t now = kMade) {
  return find_advice(Text(bytes), "acme", plugin, now, room);
}

TEST(Advice, EveryLineIsFoundAndNoOther) {
  std::vector<AdviceLine> lines;
  for (int i = 0; i < 300; ++i)
    lines.push_back(
        line("tap-" + std::string(static_cast<std::size_t>(i % 40), 'x'), std::to_string(i)));
  const auto bytes = make_advice("acme", kMade, lines);
  AdviceRoom room;
  for (const auto& one : lines) {
    const auto found = find(bytes, {one.event, one.name, one.version}, room);
    ASSERT_TRUE(found) << one.name << one.version;
    EXPECT_EQ(found->better, "9.9");
    EXPECT_EQ(found->sentence, "It fails.");
    EXPECT_EQ(found->verdict, Verdict::kFailing);
    EXPECT_FALSE(find(bytes, {one.event, one.name, one.version + "0.1"}, room));
    EXPECT_FALSE(find(bytes, {"plugins", one.name, one.version}, room));
    EXPECT_FALSE(find(bytes, {one.event, one.name + "y", one.version}, room));
  }
  EXPECT_FALSE(find(bytes, {"", "", ""}, room));
  EXPECT_FALSE(find(bytes, {"zzz", "z", "z"}, room));
}

TEST(Advice, NothingIsFoundInNothing) {
  AdviceRoom room;
  EXPECT_FALSE(find("", {"plugin", "tap", "1"}, room));
  EXPECT_FALSE(find(make_advice("acme", kMade, {}), {"plugin", "tap", "1"}, room));
}

TEST(Advice, ItIsOfOneProductAndForAMonth) {
  const auto bytes = make_advice("acme", kMade, {line("tap", "1")});
  AdviceRoom room;
  EXPECT_TRUE(find(bytes, {"plugin", "tap", "1"}, room, kMade + 30 * kDay));
  EXPECT_FALSE(find(bytes, {"plugin", "tap", "1"}, room, kMade + 31 * kDay));
  EXPECT_FALSE(find_advice(Text(bytes), "acm", {"plugin", "tap", "1"}, kMade, room));
}

TEST(Advice, WhatWouldBreakALineIsLeftOutOrASpace) {
  auto sentence = line("tap", "1");
  sentence.sentence = "Two\nlines\tand " + std::string(kMaxAdviceSentenceBytes, 'e') + "\xc3\xa9";
  auto letter = line("tap", "2");
  letter.sentence = std::string(kMaxAdviceSentenceBytes - 1, 'e') + "\xc3\xa9";
  const auto bytes = make_advice(
      "acme", kMade,
      {sentence, letter, line("t\tap", "1"), line("tap", "1\n"),
       line(std::string(kMaxAdviceNameBytes + 1, 'n'), "1"),
       line(std::string(kMaxAdviceNameBytes, 'n'), std::string(kMaxAdviceNameBytes, '1'))});
  EXPECT_EQ(std::ranges::count(bytes, '\n'), 4);
  AdviceRoom room;
  EXPECT_TRUE(find(bytes, {"plugin", "tap", "1"}, room)->sentence.starts_with("Two lines and e"));
  EXPECT_EQ(find(bytes, {"plugin", "tap", "2"}, room)->sentence,
            std::string(kMaxAdviceSentenceBytes - 1, 'e'));
  // The longest line there can be.
  EXPECT_TRUE(
      find(bytes,
           {"plugin", std::string(kMaxAdviceNameBytes, 'n'), std::string(kMaxAdviceNameBytes, '1')},
           room));
}

TEST(Advice, TheLongestLineFits) {
  const std::string name(kMaxAdviceNameBytes, 'n');
  const auto bytes = make_advice(
      "acme", kMade,
      {{name, name, name, Verdict::kDegraded, name, std::string(kMaxAdviceSentenceBytes, 's')}});
  AdviceRoom room;
  ASSERT_TRUE(find(bytes, {name, name, name}, room));
}

TEST(Advice, ThereAreAtMostSoMany) {
  std::vector<AdviceLine> lines(kMaxAdviceLines + 5, line("tap", "1"));
  const auto bytes = make_advice("acme", kMade, lines);
  EXPECT_EQ(std::ranges::count(bytes, '\n'), static_cast<long>(kMaxAdviceLines) + 1);
}

TEST(Advice, DamagedBytesAreNoAdvice) {
  const auto good = make_advice("acme", kMade, {line("tap", "1"), line("tap", "2")});
  AdviceRoom room;
  for (std::size_t i = 0; i < good.size(); ++i) {
    // Cut off anywhere, or with another byte anywhere: no harm, and what is found stands there.
    (void)find(good.substr(0, i), {"plugin", "tap", "2"}, room);
    for (const char byte : {'\t', '\n', '\0', '\xff'}) {
      auto bad = good;
      bad[i] = byte;
      (void)find(bad, {"plugin", "tap", "2"}, room);
    }
  }
  EXPECT_FALSE(find(std::string(100'000, 'x'), {"plugin", "tap", "2"}, room));
  EXPECT_FALSE(find("candor advice 2\tacme\t1\n", {"plugin", "tap", "2"}, room));
  auto unknown = good;
  unknown.replace(unknown.rfind("failing"), 7, "strange");
  EXPECT_FALSE(find(unknown, {"plugin", "tap", "2"}, room));
  EXPECT_TRUE(find(unknown, {"plugin", "tap", "1"}, room));
}

}  // namespace
}  // namespace candor::library
