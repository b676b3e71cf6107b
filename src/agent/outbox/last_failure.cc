#include "agent/outbox/last_failure.h"

namespace candor {

std::optional<LastFailure> last_failure(const StateFolder& state) {
  const auto json = state.read_json(kLastFailureFile);
  if (!json.ok()) return std::nullopt;
  const auto at = parse_rfc3339(string_member(*json, "at"));
  if (!at) return std::nullopt;
  return LastFailure{*at, string_member(*json, "problem"),
                     parse_rfc3339(string_member(*json, "next_attempt"))};
}

Status note_failure(const StateFolder& state, const LastFailure& failure) {
  const auto next =
      failure.next_attempt ? Json(format_rfc3339(*failure.next_attempt)) : Json(nullptr);
  return state.write(kLastFailureFile, to_pretty({{"format", 1},
                                                  {"at", format_rfc3339(failure.at)},
                                                  {"problem", failure.problem},
                                                  {"next_attempt", next}}));
}

Status clear_failure(const StateFolder& state) { return state.remove(kLastFailureFile); }

}  // namespace candor
