// POST /v1/batch, /v1/track, …: clients of Segment's tracking API, unmodified
// (docs/formats/segment.md).
#pragma once

#include <span>

#include "server/protocol/events.h"

namespace candor {

// Every address of the API.
std::span<const EventRoute> segment_routes();

}  // namespace candor
