// A sealed report as a batch of Segment's tracking API. Pure.
//
// The report is the truth: each member that is a track ({"event", "anonymousId", "properties"})
// becomes one message, and nothing else of it is sent. docs/formats/segment.md.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "contract/contract.h"

namespace candor {

// Whether reports of the product can have tracks.
bool has_tracks(const Contract& contract);

// The body of POST /v1/batch. `sha256` is the report's, in hex: the same report gives the same
// message ids whenever it is sent. kBadData when the report holds no track, or one that is larger
// than kMaxSentMessageBytes, or all are larger than kMaxSentBatchBytes.
Result<std::string> segment_batch(std::string_view report, std::string_view sha256, Instant now);

}  // namespace candor
