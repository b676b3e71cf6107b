// The name of a report: the moment of its sealing and the beginning of its SHA-256,
// "20261121T070000.123Z-1a2b3c4d". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace candor {

// `sha256` in hex.
std::string report_id(Instant sealed_at, std::string_view sha256);

// The moment in it; nothing when it is no such name.
std::optional<Instant> sealed_at_of(std::string_view id);

}  // namespace candor
