// What an event's `health` may name.
#pragma once

#include "base/toml.h"
#include "contract/contract.h"

namespace candor {

// Reads the table of the event at that index, whose fields are declared already. Rejects in it
// what is no such field. Of a run, what it says of itself is in the value.
DeclaredHealth parse_health(TomlTable table, const Contract& contract, std::size_t event);

}  // namespace candor
