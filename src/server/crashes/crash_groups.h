// Why crashes are one group, which functions their stack goes through, and which other groups are
// probably the same bug (docs/formats/crash.md, section "Groups"). Pure.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/insight/questions.h"
#include "symbols/symbol_table.h"

namespace candor {

struct CrashFrame {
  std::string told;    // as the store has it
  std::string module;  // empty, as the rest is: it is told in other words than those of crash.md
  std::string build_id;
  std::string offset;  // "0x2b41f2"
  std::optional<SymbolPlace> place;
};

struct StackModule {
  std::string name;
  std::string build_id;
  bool has_symbols = false;
};

struct ExplainedGroup {
  std::vector<CrashFrame> frames;
  std::vector<StackModule> modules;  // each build once, innermost first
  std::string why;                   // a few sentences
  // Signatures of other groups whose stacks go through the same functions, in other builds; at most
  // kMaxAlikeGroups.
  std::vector<std::string> alike;
};

// The symbols of a build; nullptr: there are none.
using FindSymbols = std::function<std::shared_ptr<const SymbolTable>(std::string_view build_id)>;

// One for each of `groups`, in their order. Each build is asked for once, and its symbols are let
// go before the next one's.
std::vector<ExplainedGroup> explain_groups(const std::vector<CrashGroup>& groups,
                                           const FindSymbols& find);

}  // namespace candor
