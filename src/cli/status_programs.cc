#include "cli/status_programs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "agent/programs/rings.h"
#include "base/counted.h"
#include "cli/status_devices.h"
#include "cli/status_relay.h"

namespace candor {

Result<std::optional<ProgramStatus>> look_at_programs(const Agent& agent) {
  if (!agent.state().has(library::kFolder)) return std::optional<ProgramStatus>();
  const auto folder = programs_of(agent.state());
  ProgramStatus seen;
  CANDOR_ASSIGN(names, ring_names(folder));
  const auto look = look_at_rings(folder, names);
  seen.programs = look.programs;
  // What damaged books said is not known; the agent begins new ones.
  auto books = read_program_books(folder);
  if (!books.ok() && books.error().kind != ErrorKind::kBadData) return books.error();
  if (books.ok()) seen.books = *std::move(books);
  seen.dropped = seen.books.dropped + look.dropped;
  const Outbox outbox(folder, kEventFileLimits);
  CANDOR_ASSIGN(pending, outbox.pending());
  seen.pending = pending.size();
  CANDOR_ASSIGN(refused, outbox.refused());
  seen.refused = refused;
  CANDOR_ASSIGN(last, outbox.last_sent());
  seen.last = std::move(last);
  seen.failure = last_failure(folder);
  return std::optional(std::move(seen));
}

Json json_of(const std::optional<ProgramStatus>& programs) {
  if (!programs) return nullptr;
  return {{"running", programs->programs},
          {"events", programs->books.events},
          {"stayed", programs->books.stayed},
          {"dropped", programs->dropped},
          {"damaged", programs->books.damaged},
          {"pending", programs->pending},
          {"refused", programs->refused},
          {"last_upload",
           programs->last ? Json(format_rfc3339(programs->last->sent_at)) : Json(nullptr)},
          {"last_failure", json_of(programs->failure)}};
}

std::string text_of(const ProgramStatus& programs) {
  auto text = fmt::format("{} now; {} taken",
                          programs.programs == 1 ? std::string("1 records")
                                                 : fmt::format("{} record", programs.programs),
                          counted(programs.books.events, "event"));
  if (!programs.books.stayed.empty())
    text += fmt::format("; stayed home: {}", reasons_of(programs.books.stayed));
  if (programs.dropped > 0)
    text += fmt::format("; {} dropped for lack of room", counted(programs.dropped, "event"));
  if (programs.books.damaged > 0)
    text += fmt::format("; {} damaged", counted(programs.books.damaged, "ring"));
  text += fmt::format("; {} pending", counted(programs.pending, "file"));
  if (programs.refused > 0) text += fmt::format(", {} refused", programs.refused);
  if (programs.last)
    text += fmt::format("; last sent {} ({})", format_rfc3339(programs.last->sent_at),
                        programs.last->status);
  if (programs.failure) text += fmt::format("; last failure {}", text_of(*programs.failure));
  return text;
}

}  // namespace candor
