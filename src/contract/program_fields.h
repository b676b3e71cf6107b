// What of a contract's fields programs with libcandor can say. Code and switch are made by it.
// Pure.
#pragma once

#include <optional>
#include <string_view>

#include "contract/contract.h"

namespace candor {

// The path of an event's field within the event, for one that programs give a value. Nothing for
// what is in a list or an open map, is never sent, or is what a run says of itself: that is the
// library's. Requires that the field is of the event; a view into it.
std::optional<std::string_view> program_path(const DeclaredEvent& event, const Field& field);

// Whether it is what a run says of itself.
bool is_of_run(const DeclaredEvent& event, const Field& field);

// The name under which programs count a counter or a histogram; a view into the field.
std::string_view counted_name(const Field& field);

// Whether the contract's reports hold what programs count.
bool has_counted_fields(const Contract& contract);

}  // namespace candor
