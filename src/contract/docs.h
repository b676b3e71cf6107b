// The contract as people read it, and the start of a new one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.h"

namespace candor {

// A Markdown page: what is collected, channel by channel and field by field, and what is made of
// it.
std::string to_markdown(const Contract& contract);

// A commented contract for a product of that name (a-z, 0-9, '-'), which lints clean.
std::string new_contract(std::string_view product);

// What the fields that may leave are for, each purpose once: "improvement", "support".
std::vector<std::string_view> purposes_of(const Contract& contract);

}  // namespace candor
