// Which fields of an event its `health` and `automation` may name.
#pragma once

#include "base/toml.h"
#include "contract/contract.h"

namespace candor {

// The declared field at that path within the event; nullptr: there is none.
const Field* field_at(const Contract& contract, const DeclaredEvent& event, std::string_view path);

// Reads the table of the event at that index, whose fields are declared already. Rejects in it
// what is no such field. Of a run, what it says of itself is in the value.
DeclaredHealth parse_health(TomlTable table, const Contract& contract, std::size_t event);

// The same of `automation` in the event's own table.
std::string parse_automation(TomlTable& table, const Contract& contract, std::size_t event);

}  // namespace candor
