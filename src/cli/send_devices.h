// `candor send --devices`, and what `candor send` says of device reports.
#pragma once

#include <string>

#include "cli/command.h"

namespace candor {

// Sends the pending device report, or one that is made now.
Result<int> send_devices(Context& context, const Agent& agent, const std::string& licence);

// The id of what was sent last, and what can be done with it.
void tell_id(const SendSummary& summary, Wire wire, Output& out);

// Whether what was not sent stays pending, to be sent by the same command later.
bool is_kept(const SendSummary& summary);

// kNothing: another process sent or dropped what was pending, just before this one would have.
Error nothing_sent();

// That device reports follow by themselves, where they do.
void tell_devices_follow(const Agent& agent, Output& out);

}  // namespace candor
