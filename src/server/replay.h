// Replay: after a contract was corrected, what is in quarantine is held to it again.
//
// Values, and the rest of their records, come from the store; what fits goes the way of everything
// new: into the journal, and from there into the store.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "contract/catalogue.h"
#include "server/engine/client.h"
#include "server/record/intake.h"

namespace candor {

struct Replayed {
  std::uint64_t records = 0;          // of which something fits now
  std::uint64_t values = 0;           // that fit now
  std::uint64_t held = 0;             // values that do not
  std::uint64_t other_consent = 0;    // values of reports under a contract with another consent
  std::uint64_t lost = 0;             // values whose record is gone, or that have no place in it
  std::optional<std::uint64_t> next;  // where the next call begins; nothing: all was looked at
};

// A record is replayed whole or not at all: one of which the contract would drop something, or of
// which a value in a list was too long to keep, stays as it is.
//
// Looks at kReplayRows values at most, from the one with that number on. A native report is held
// only to a contract with the same consent hash: another one was not agreed to. Returns when what
// fits is on disk; the store has it a moment later. One thread; waits for the store and the
// journal. Errors as EngineClient::query and Journal::append.
Result<Replayed> replay(EngineClient& engine, const Catalogue& catalogue, Intake& intake,
                        const HashHere& hash, const Product& product, std::uint64_t from,
                        Instant now);

}  // namespace candor
