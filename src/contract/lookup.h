// By what support finds an installation: the values of fields with `lookup = true`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"

namespace candor {

// Whether the contract has such a field.
bool has_lookup(const Contract& contract);

// The values of those fields in an admitted document, each once, without empty ones: of a report,
// or, where `event` names one, of that event. None for what is no JSON object.
std::vector<std::string> lookup_values(const Contract& contract, std::string_view event,
                                       std::string_view body);

}  // namespace candor
