// POST /v1/devices: Candor's own device reports, which name no installation
// (docs/formats/device.md).
#pragma once

#include "server/protocol/submission.h"

namespace candor {

// The report's time is the day of receipt, so that nothing finer is kept of it.
SubmissionOrRefusal read_native_device(const IncomingRequest& request, const Catalogue& catalogue);

}  // namespace candor
