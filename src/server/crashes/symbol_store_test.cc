#include "server/crashes/symbol_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "server/crashes/limits.h"

namespace candor {
namespace {

std::string table(std::string build_id, std::string function) {
  Symbols symbols;
  symbols.build_id = std::move(build_id);
  symbols.module = "acme";
  symbols.functions = {{0x10, 0x10, std::move(function)}};
  return make_symbol_table(symbols);
}

class SymbolStoreTest : public testing::Test {
 protected:
  Path tables() const { return folder_.path() / "symbols"; }
  std::string function(std::string_view build_id) {
    const auto found = store_.find(build_id);
    return found ? found->find(0x10)->function : "none";
  }

  TemporaryFolder folder_;
  SymbolStore store_{folder_.path() / "symbols"};
};

TEST_F(SymbolStoreTest, WhatIsAddedReplacedOrRemovedCountsAtOnce) {
  const SymbolStore other(tables());  // another process
  EXPECT_EQ(function("aa"), "none");
  ASSERT_TRUE(other.add(table("aa", "before")).ok());
  EXPECT_EQ(function("aa"), "before");
  ASSERT_TRUE(other.add(table("aa", "after")).ok());
  EXPECT_EQ(function("aa"), "after");
  ASSERT_TRUE(other.remove("aa").ok());
  EXPECT_EQ(function("aa"), "none");
  const auto again = other.remove("aa");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, ErrorKind::kNotFound);
}

TEST_F(SymbolStoreTest, ListsWhatIsThereAndWhatIsDamaged) {
  ASSERT_TRUE(store_.add(table("bb", "f")).ok());
  ASSERT_TRUE(store_.add(table("aa", "f")).ok());
  ASSERT_TRUE(write_file(tables() / "cc.symbols", "no table").ok());
  const auto all = store_.list();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].build_id, "aa");
  EXPECT_EQ((*all)[0].functions, 1u);
  EXPECT_EQ((*all)[2].module, "");
  EXPECT_EQ(function("cc"), "none");
}

TEST_F(SymbolStoreTest, ATableUnderAnotherNameIsNone) {
  ASSERT_TRUE(store_.add(table("aa", "f")).ok());
  ASSERT_TRUE(write_file(tables() / "bb.symbols", table("aa", "f")).ok());
  EXPECT_EQ(function("bb"), "none");
}

TEST_F(SymbolStoreTest, ABuildIdOfAReportIsNoPath) {
  ASSERT_TRUE(store_.add(table("aa", "f")).ok());
  for (const auto* id : {"../symbols/aa", "./aa", "", "/", "aa.symbols"})
    EXPECT_EQ(function(id), "none") << id;
}

TEST_F(SymbolStoreTest, MoreThanItsLimitAreRefused) {
  ASSERT_TRUE(store_.add(table("aa", "f")).ok());
  for (std::size_t i = 1; i < kMaxSymbolTables; ++i)
    std::ofstream(tables() / (std::to_string(i) + ".symbols")) << "x";
  EXPECT_TRUE(store_.add(table("aa", "g")).ok()) << "one that is there is replaced";
  const auto refused = store_.add(table("bb", "f"));
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("candor symbols remove"), std::string::npos);
}

}  // namespace
}  // namespace candor
