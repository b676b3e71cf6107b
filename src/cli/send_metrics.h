// `candor send --metrics`, and what `candor show --metrics` and `candor preview --metrics` print.
#pragma once

#include "cli/command.h"

namespace candor {

// Sends the files of metrics that are pending; when none is, one is made first.
Result<int> send_metrics(Context& context, const Agent& agent);
Result<int> rehearse_send_metrics(Context& context, const Agent& agent);

// The oldest pending file; when none is, or telemetry is not on, what would leave now.
Result<int> show_metrics(Context& context, const Agent& agent);

// What would leave with these channels, whatever was agreed to.
Result<int> preview_metrics(Context& context, const Agent& agent, const ChannelSet& channels);

}  // namespace candor
