// --dry-run: what a command would do, told and not done. Each gives the error that the command
// itself would give first.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace candor {

Result<int> rehearse_on(Context& context);
Result<int> rehearse_off(Context& context);
Result<int> rehearse_send(Context& context);
Result<int> rehearse_export(Context& context);
Result<int> rehearse_config_set(Context& context);
Result<int> rehearse_config_unset(Context& context);
// What would happen, a sentence each; the exit code.
int tell_rehearsal(const Context& context, const std::vector<std::string>& steps);
// Of sending there.
std::string post_to(const UplinkOptions& link);
// Of `channel enable` or `channel disable`.
std::function<Result<int>(Context&)> rehearse_channel(bool on);

}  // namespace candor
