#include "symbols/symbol_table.h"

#include <gtest/gtest.h>

#include "symbols/limits.h"

namespace candor {
namespace {

const Symbols kSymbols = {
    .build_id = "5d6c1f6f",
    .module = "acme",
    .functions = {{0x1000, 0x20, "main"}, {0x1040, 0, "to_the_next()"}, {0x1080, 0x10, "last"}},
    .files = {"/src/main.cc", "/src/save.cc"},
    .lines = {{0x1000, 0, 7}, {0x1010, 1, 12}, {0x1020, kNoSymbolLine, 0}, {0x1080, 1, 99}}};

SymbolTable table_of(const Symbols& symbols) {
  auto read = SymbolTable::read(make_symbol_table(symbols));
  EXPECT_TRUE(read.ok());
  return *std::move(read);
}

std::string at(const SymbolTable& table, std::uint64_t offset) {
  const auto place = table.find(offset);
  if (!place) return "nothing";
  return place->function + " " + place->file + ":" + std::to_string(place->line);
}

TEST(SymbolTable, NamesFunctionAndLineOfAnOffset) {
  const auto table = table_of(kSymbols);
  EXPECT_EQ(table.build_id(), "5d6c1f6f");
  EXPECT_EQ(table.module(), "acme");
  EXPECT_EQ(table.functions(), 3u);
  EXPECT_EQ(table.lines(), 4u);
  EXPECT_EQ(at(table, 0xfff), "nothing");
  EXPECT_EQ(at(table, 0x1000), "main /src/main.cc:7");
  EXPECT_EQ(at(table, 0x101f), "main /src/save.cc:12");
  EXPECT_EQ(at(table, 0x1020), "nothing") << "behind main, and no line";
  EXPECT_EQ(at(table, 0x107f), "to_the_next() :0");
  EXPECT_EQ(at(table, 0x108f), "last /src/save.cc:99");
  EXPECT_EQ(at(table, 0x1090), " /src/save.cc:99");
  EXPECT_EQ(at(table, UINT64_MAX), " /src/save.cc:99");
}

TEST(SymbolTable, OfNothingIsATableOfNothing) {
  Symbols none;
  none.build_id = "00";
  EXPECT_EQ(at(table_of(none), 0x1000), "nothing");
}

TEST(SymbolTable, LongNamesAreCutAndEqualOnesStandThereOnce) {
  auto symbols = kSymbols;
  symbols.functions[0].name.assign(2 * kMaxSymbolNameBytes, 'x');
  symbols.functions[2].name = symbols.functions[0].name;
  const auto table = table_of(symbols);
  EXPECT_EQ(table.find(0x1000)->function.size(), kMaxSymbolNameBytes);
  EXPECT_LT(table.bytes(), 2 * kMaxSymbolNameBytes);
}

TEST(SymbolTable, DamageIsSeen) {
  const auto whole = make_symbol_table(kSymbols);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(SymbolTable::read(whole.substr(0, i)).ok()) << "cut at " << i;
    auto changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    EXPECT_FALSE(SymbolTable::read(changed).ok()) << "changed at " << i;
  }
  EXPECT_FALSE(SymbolTable::read(whole + "x").ok());
}

TEST(SymbolTable, ABuildIdIsHexDigitsOnly) {
  EXPECT_TRUE(is_build_id("5d6c1f6f"));
  EXPECT_FALSE(is_build_id(""));
  EXPECT_FALSE(is_build_id("../../etc/passwd"));
  EXPECT_FALSE(is_build_id("5D6C"));
  EXPECT_FALSE(is_build_id(std::string(65, 'a')));
  auto symbols = kSymbols;
  symbols.build_id = "../x";
  EXPECT_FALSE(SymbolTable::read(make_symbol_table(symbols)).ok());
}

}  // namespace
}  // namespace candor
