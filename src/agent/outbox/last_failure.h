// Why the last try to send failed: last-failure.json, there only until a report gets through.
#pragma once

#include <optional>
#include <string>

#include "agent/seal/state_folder.h"
#include "base/clock.h"

namespace candor {

inline constexpr std::string_view kLastFailureFile = "last-failure.json";

struct LastFailure {
  Instant at;
  std::string problem;                  // a sentence
  std::optional<Instant> next_attempt;  // by `candor agent`; nothing when nobody planned one
};

// Nothing when the last try did not fail, or the file cannot be read: it decides nothing.
std::optional<LastFailure> last_failure(const StateFolder& state);
// Needs no lock; the newest one counts.
Status note_failure(const StateFolder& state, const LastFailure& failure);
Status clear_failure(const StateFolder& state);

}  // namespace candor
