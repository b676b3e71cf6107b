// POST /api/event: trackers of Plausible, unmodified (docs/formats/plausible.md).
#pragma once

#include <span>

#include "server/protocol/events.h"

namespace candor {

// Every address of the API.
std::span<const EventRoute> plausible_routes();

}  // namespace candor
