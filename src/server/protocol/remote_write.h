// POST /api/v1/write: Prometheus's remote write, 1.0 and 2.0 (docs/formats/metrics.md).
#pragma once

#include <span>

#include "server/protocol/samples.h"

namespace candor {

std::span<const SampleRoute> remote_write_routes();

enum class RemoteWrite { kVersion1, kVersion2 };

// Gives the series of an unpacked message to its admission; kBadData with a sentence when it is
// none of that version.
Status read_remote_write(std::string_view message, RemoteWrite version, SampleAdmission& admission);

}  // namespace candor
