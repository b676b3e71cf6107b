// The tables of keys as a schema: for editors and for programs that write configuration.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "config/key.h"

namespace candor {

// JSON Schema (draft 2020-12) of the file that these keys are read from.
Json json_schema(std::span<const Key> keys, std::string_view title);

// A Dhall record { Type, default }. `channels` are those of the contract: each becomes an optional
// field, as Dhall's records have no open ones.
std::string dhall_schema(std::span<const Key> keys, const std::vector<std::string>& channels);

}  // namespace candor
