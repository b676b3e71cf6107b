// What the keys of one field have to do with each other.
#pragma once

#include "base/toml.h"
#include "contract/contract.h"

namespace candor {

// Rejects in `table`, where the field was read, what does not fit together.
void check_field(TomlTable& table, const Field& field);

}  // namespace candor
