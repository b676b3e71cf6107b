// What trackers of Plausible are answered (docs/formats/plausible.md). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "visitor/plausible_event.h"
#include "wire/http_server.h"

namespace candor {

// That so many of a request's events were dropped, as Plausible's own server says it.
HttpHeader plausible_dropped(std::uint64_t count);

// 202, for pages of any origin, also when everything was dropped.
HttpResponse plausible_taken(std::uint64_t dropped = 0);
// {"errors": …}: by field, or `message` when nothing of the request was read.
HttpResponse plausible_refused(int status, const FieldErrors& errors, const std::string& message);

}  // namespace candor
