// Since when what is dated, such as crashes, may leave (docs/formats/state.md, leaving.json).
//
// The consent alone does not tell: a channel, a policy or the product may have refused meanwhile.
// So each look keeps what could leave then, and what happened before that stays home.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "agent/collect/collectors.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"

namespace candor {

// What to keep after a look at `now` that found the fields `leaving`. `before` is what the look
// before kept; where there was none, `begins` counts. Pure.
LeavingSince after_look(const std::optional<LeavingSince>& before,
                        const std::set<std::string>& leaving, Instant begins, Instant now);

// Nothing when no look kept anything yet; a damaged file says that no field could leave.
Result<std::optional<LeavingSince>> read_leaving(const StateFolder& state);
// Requires the state folder's lock.
Status write_leaving(const StateFolder& state, const LeavingSince& since);

}  // namespace candor
