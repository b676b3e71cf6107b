// Insights: the figure that a report contributes to a product's dashboard. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "contract/top_members.h"

namespace candor {

// The value of one insight in one report. `present` is false when the report has none.
struct InsightValue {
  bool present = false;
  double number = 0;  // of kSum
  std::string text;   // of kMajority and kValue; of kPopular all of them, a line each
};

// Reads the insights of one contract out of reports. Safe from any thread, one call at a time.
class InsightReader {
 public:
  explicit InsightReader(const Contract& contract);  // the contract outlives it
  ~InsightReader();
  InsightReader(const InsightReader&) = delete;
  InsightReader& operator=(const InsightReader&) = delete;

  // One value for each of the contract's insights over reports, in their order; those over events
  // have none. `body` is an admitted report.
  Result<std::vector<InsightValue>> read(std::string_view body);
  Result<std::vector<InsightValue>> read(const TopMembers& report);

 private:
  struct Compiled;
  const Contract& contract_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace candor
