// One event of the tracker protocol: its members to what the contract is held against. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "server/protocol/events.h"

namespace candor {

// `fields` is the event's object as it came. What cannot be read of it stands in the result's
// `unreadable`.
EventSubmission snowplow_event(const Json& fields, const Contract& contract, Instant received);

// The same for a self-describing document that came without a tracker's envelope; `fields` is what
// came beside it.
EventSubmission snowplow_document(const Json& document, const Json& fields,
                                  const Contract& contract, Instant received);

// Base64 in either alphabet, padded or not.
std::optional<std::string> from_any_base64(std::string_view text);

}  // namespace candor
