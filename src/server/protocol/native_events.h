// POST /v1/events: Candor's own files of events (docs/formats/events.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/signature.h"
#include "server/protocol/events.h"

namespace candor {

std::span<const EventRoute> native_event_routes();

// What became of the events of one file.
struct EventCounts {
  std::uint64_t accepted = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;
};

// The answer with a receipt, signed by `key`, for a file with that SHA-256 (hex) under that
// contract (its hash).
HttpResponse native_events_answer(const std::string& body_sha256, const std::string& contract,
                                  const EventCounts& counts, Instant received,
                                  const SigningKey& key);

}  // namespace candor
