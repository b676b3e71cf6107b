#include "server/crashes/crash_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace candor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Two builds of a program whose functions moved, and a third without symbols.
std::shared_ptr<const SymbolTable> symbols(std::string_view build_id) {
  if (build_id != "aa" && build_id != "bb") return nullptr;
  const std::uint64_t moved = build_id == "bb" ? 0x1000 : 0;
  Symbols made;
  made.build_id = build_id;
  made.functions = {{0x100 + moved, 0x80, "save(int)"}, {0x200 + moved, 0x80, "main"}};
  made.files = {"/src/save.cc"};
  made.lines = {{0x100 + moved, 0, 12}};
  return std::make_shared<const SymbolTable>(*SymbolTable::read(make_symbol_table(made)));
}

CrashGroup group(std::string signature, std::vector<std::string> frames) {
  CrashGroup made;
  made.signature = std::move(signature);
  made.program = "acme";
  made.reason = "SIGSEGV";
  made.frames = std::move(frames);
  return made;
}

TEST(CrashGroups, FramesHaveFunctionAndLineWhereThereAreSymbols) {
  const auto explained = explain_groups(
      {group("1", {"libc.so.6+0x99 cc", "acme+0x110 aa", "acme+0x205 aa"})}, symbols);
  ASSERT_EQ(explained.size(), 1u);
  const auto& one = explained[0];
  ASSERT_EQ(one.frames.size(), 3u);
  EXPECT_FALSE(one.frames[0].place);
  EXPECT_EQ(one.frames[1].place->function, "save(int)");
  EXPECT_EQ(one.frames[1].place->line, 12u);
  EXPECT_EQ(one.why,
            "Equal stack of 3 frames: the same offsets in the same builds. Innermost: "
            "libc.so.6+0x99, save(int), main.");
  ASSERT_EQ(one.modules.size(), 2u);
  EXPECT_FALSE(one.modules[0].has_symbols);
  EXPECT_TRUE(one.modules[1].has_symbols);
}

TEST(CrashGroups, TheSameFunctionsInAnotherBuildAreAlikeAndStayApart) {
  const auto explained = explain_groups({group("1", {"acme+0x110 aa", "acme+0x205 aa"}),
                                         group("2", {"acme+0x1120 bb", "acme+0x1210 bb"}),
                                         group("3", {"acme+0x1210 bb", "acme+0x1120 bb"})},
                                        symbols);
  EXPECT_THAT(explained[0].alike, ElementsAre("2"));
  EXPECT_THAT(explained[1].alike, ElementsAre("1"));
  EXPECT_THAT(explained[2].alike, IsEmpty()) << "another order";
}

TEST(CrashGroups, ByAnotherSignalOrOfAnotherProgramTheyAreNotAlike) {
  auto other_signal = group("2", {"acme+0x1120 bb", "acme+0x1210 bb"});
  other_signal.reason = "SIGABRT";
  auto other_program = group("3", {"acme+0x1120 bb", "acme+0x1210 bb"});
  other_program.program = "acme-worker";
  for (const auto& one : explain_groups(
           {group("1", {"acme+0x110 aa", "acme+0x205 aa"}), other_signal, other_program}, symbols))
    EXPECT_THAT(one.alike, IsEmpty());
}

TEST(CrashGroups, OneNamedFrameAmongManySaysTooLittle) {
  const auto explained = explain_groups({group("1", {"acme+0x110 aa", "libx.so+0x1 cc"}),
                                         group("2", {"acme+0x1120 bb", "libx.so+0x2 dd"})},
                                        symbols);
  EXPECT_THAT(explained[0].alike, IsEmpty());
  const auto alone =
      explain_groups({group("1", {"acme+0x110 aa"}), group("2", {"acme+0x1120 bb"})}, symbols);
  EXPECT_THAT(alone[0].alike, ElementsAre("2")) << "all there is of a stack that is damaged";
}

TEST(CrashGroups, WhatOtherClientsTellStaysAsItIs) {
  const auto explained =
      explain_groups({group("1", {"gsignal()", "(OSD::handle()+0x12) [0x56]"}), group("", {}),
                      group("2", {}), group("3", {"+ ", "a b", "x+0xzz aa", "x+0x1 ../aa"})},
                     symbols);
  EXPECT_THAT(explained[0].why, HasSubstr("whatever their addresses"));
  EXPECT_EQ(explained[0].frames[1].told, "(OSD::handle()+0x12) [0x56]");
  EXPECT_EQ(explained[0].frames[1].module, "");
  EXPECT_THAT(explained[0].modules, IsEmpty());
  EXPECT_THAT(explained[1].why, HasSubstr("no stack"));
  EXPECT_THAT(explained[2].why, HasSubstr("same signature"));
  for (const auto& frame : explained[3].frames) EXPECT_FALSE(frame.place);
}

TEST(CrashGroups, EachBuildIsAskedForOnce) {
  int asked = 0;
  explain_groups({group("1", {"acme+0x110 aa", "acme+0x205 aa"}), group("2", {"acme+0x1 aa"})},
                 [&](std::string_view build_id) {
                   ++asked;
                   return symbols(build_id);
                 });
  EXPECT_EQ(asked, 1);
}

TEST(CrashGroups, OneBuildsSymbolsAreLetGoBeforeTheNext) {
  std::weak_ptr<const SymbolTable> last;
  const auto explained = explain_groups({group("1", {"acme+0x110 aa", "acme+0x1120 bb"}),
                                         group("2", {"acme+0x205 aa", "acme+0x1210 bb"})},
                                        [&](std::string_view build_id) {
                                          EXPECT_TRUE(last.expired());
                                          auto table = symbols(build_id);
                                          last = table;
                                          return table;
                                        });
  EXPECT_TRUE(last.expired());
  for (const auto& one : explained) {
    for (const auto& frame : one.frames) EXPECT_TRUE(frame.place);
    for (const auto& module : one.modules) EXPECT_TRUE(module.has_symbols);
  }
}

}  // namespace
}  // namespace candor
