// Groups of crashes with all that the vendor knows of them, for pages and documents.
#pragma once

#include "server/crashes/crash_groups.h"
#include "server/crashes/fixed_crashes.h"
#include "server/crashes/symbol_store.h"

namespace candor {

struct DetailedCrashes {
  Crashes crashes;
  std::vector<ExplainedGroup> explained;  // one for each group
  FixedCrashes fixed;
};

// Any thread.
class CrashDetails {
 public:
  CrashDetails(Path symbols, Path fixed) : symbols_(std::move(symbols)), fixed_(std::move(fixed)) {}
  // With the symbols and marks that are there now. A file of marks that is damaged counts as none,
  // and the log says so.
  DetailedCrashes add_to(Crashes crashes);

 private:
  SymbolStore symbols_;
  const Path fixed_;
};

}  // namespace candor
