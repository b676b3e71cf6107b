// What is wrong with a contract although it can be read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "contract/contract.h"

namespace candor {

enum class Severity { kError, kWarning };

struct Finding {
  Severity severity = Severity::kError;
  TomlPlace place;
  std::string message;
};

// In the order of the file; `today` is days since 1970. Empty when all is well.
std::vector<Finding> lint(const Contract& contract, std::int64_t today);

// "file:line:column: error: message"
std::string to_text(const Finding& finding, const Contract& contract);

}  // namespace candor
