// What `candor status` says of programs with libcandor.
#pragma once

#include <optional>
#include <string>

#include "agent/agent.h"
#include "agent/outbox/last_failure.h"
#include "agent/programs/program_books.h"

namespace candor {

struct ProgramStatus {
  std::size_t programs = 0;  // that record now
  ProgramBooks books;
  std::uint64_t dropped = 0;  // events that found no room, in programs that run and that ended
  std::size_t pending = 0;    // files of events
  std::size_t refused = 0;
  std::optional<LogEntry> last;  // that was sent
  std::optional<LastFailure> failure;
};

// Nothing where no program was ever told that it may record.
Result<std::optional<ProgramStatus>> look_at_programs(const Agent& agent);

// null, or one object.
Json json_of(const std::optional<ProgramStatus>& programs);
std::string text_of(const ProgramStatus& programs);

}  // namespace candor
