// The question that an event answers, as its contract asks it (docs/formats/contract.md). Pure.
#pragma once

#include <optional>

#include "base/toml.h"
#include "contract/contract.h"

namespace candor {

// What `ask` of an event's table says; nothing when it has none. What is wrong is remembered by the
// table. Requires that the event's fields are read.
std::optional<Survey> read_survey(TomlTable& event_table, const Contract& contract,
                                  const DeclaredEvent& event);

}  // namespace candor
