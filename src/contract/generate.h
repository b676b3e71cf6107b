// A contract as code for the programs that record by it: typed functions in place of names, so that
// what is not declared does not compile. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "contract/contract.h"

namespace candor {

// A header for C++20 that includes <candor/candor.hpp> and nothing else. kBadData when the contract
// cannot be written as code: a field has expired on that day, or two names become one.
Result<std::string> to_cpp(const Contract& contract, std::int64_t day);
// The same for C11, which includes <candor/values.h> and nothing else.
Result<std::string> to_c(const Contract& contract, std::int64_t day);

}  // namespace candor
