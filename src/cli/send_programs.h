// `candor send --programs`, and what `candor show --programs` prints.
#pragma once

#include "cli/command.h"

namespace candor {

// kForbidden or kOff when nothing but a report may be sent now: a licence for this once allows no
// more.
Status check_on(const Agent& agent);
// The error with what becomes of what was to be sent, and how to try again.
Error with_next_step(Error error, std::string_view kept, std::string_view command);

// Takes what programs with libcandor recorded, and sends all of it that may leave.
Result<int> send_programs(Context& context, const Agent& agent);

// The oldest file of that which is pending, after taking what they recorded.
Result<int> show_programs(Context& context, const Agent& agent);

// The oldest pending file of events of one row; kNothing with `otherwise` when there is none.
Result<int> show_event_file(Context& context, const StateFolder& row, std::string otherwise);

}  // namespace candor
