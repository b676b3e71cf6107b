// POST /com.snowplowanalytics.snowplow/tp2, GET /i, …: Snowplow's trackers, unmodified
// (docs/formats/snowplow.md).
#pragma once

#include <span>

#include "server/protocol/events.h"

namespace candor {

// Every address of the tracker protocol.
std::span<const EventRoute> snowplow_routes();

}  // namespace candor
