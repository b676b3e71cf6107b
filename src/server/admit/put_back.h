// What admission took apart, put together again: a kept document and its values in quarantine.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/admit/admit.h"

namespace candor {

// `body` with each value at its place, in the order they were taken out. kBadData when one has no
// place or value, or its place is not in the document. Pure.
Result<std::string> put_back(std::string_view body, std::span<const Quarantined> values);

}  // namespace candor
