#include "cli/send_programs.h"

#include <fmt/format.h>

#include "agent/begin.h"
#include "agent/events.h"
#include "agent/gathering.h"
#include "agent/programs/rings.h"
#include "agent/upkeep.h"
#include "base/counted.h"
#include "cli/send_devices.h"
#include "contract/program_fields.h"

namespace candor {
namespace {

Result<std::size_t> count_pending(const StateFolder& row) {
  const Outbox outbox(row, kEventFileLimits);
  CANDOR_ASSIGN(pending, outbox.pending());
  std::size_t events = 0;
  for (const auto& file : pending) events += count_events(outbox.read(file.id).value_or(""));
  return events;
}

// What programs counted goes with the report: with the one that is due. Whether one was.
Result<bool> send_due_report(const Agent& agent) {
  if (!has_counted_fields(agent.contract())) return false;
  CANDOR_ASSIGN(view, agent.upkeep_view());
  const auto due = plan(view, {}, agent.world().clock->now());
  if (due.seal) CANDOR_TRY(agent.seal_now());
  if (!due.seal && !due.send) return false;
  CANDOR_ASSIGN(sent, agent.send({}));
  if (!sent.error) return true;
  return is_kept(sent) ? with_next_step(*sent.error, "The report is", "candor send") : *sent.error;
}

// All that is pending; how many events that were.
Result<std::size_t> send_events_of(const Agent& agent, const StateFolder& row) {
  CANDOR_ASSIGN(before, count_pending(row));
  if (before == 0) return before;
  const auto client = agent.world().make_client();
  CANDOR_ASSIGN(summary, send_program_events(agent, *client, {}));
  agent.tell_if_dropped(row, summary);
  if (summary.refused > 0) {
    return Error{ErrorKind::kGeneral,
                 fmt::format("The collector refused files of events; they are kept in {} and not "
                             "sent again. {}",
                             row.file("refused").string(), summary.refusal)};
  }
  if (summary.error && summary.left > 0)
    return with_next_step(*summary.error, "What programs recorded is", "candor send --programs");
  if (summary.error) return *summary.error;
  CANDOR_ASSIGN(after, count_pending(row));
  return before - std::min(before, after);
}

}  // namespace

Status check_on(const Agent& agent) {
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode == Mode::kOn) return Ok{};
  return Error{decision.is_forbidden() ? ErrorKind::kForbidden : ErrorKind::kOff,
               fmt::format("Nothing was sent: {}", why_not_on(agent.state(), decision))};
}

Error with_next_step(Error error, std::string_view kept, std::string_view command) {
  if (!error.message.ends_with('.')) error.message += '.';
  error.message += fmt::format(" {} kept; try again with: {}", kept, command);
  return error;
}

Result<int> send_programs(Context& context, const Agent& agent) {
  CANDOR_TRY(check_on(agent));
  CANDOR_ASSIGN(link, program_uplink_options(agent.settings(), agent.contract()));
  const auto row = programs_of(agent.state());
  CANDOR_TRY(gather(std::make_shared<const Agent>(agent)));
  CANDOR_TRY(drop_unwanted_events(agent, row));
  CANDOR_ASSIGN(events, send_events_of(agent, row));
  CANDOR_ASSIGN(reported, send_due_report(agent));
  if (events == 0 && !reported) {
    return Error{ErrorKind::kNothing,
                 "No program recorded an event that was not sent. What they count goes with the "
                 "report: candor send"};
  }
  const auto url = link.shown_url();
  context.answer({{"events", events}, {"report", reported}, {"url", url}}, "");
  context.out.say(fmt::format("{} of programs sent to {}{}", counted(events, "event"), url,
                              reported ? ", and the report that was due." : "."));
  CANDOR_ASSIGN(left, count_pending(row));
  if (left > 0) {
    context.out.say(fmt::format(
        "There was no time for all of them: {} kept. Send them with: candor send --programs",
        left == 1 ? "one event is" : fmt::format("{} events are", left)));
  }
  if (events > 0) context.out.say("What was sent: candor log --programs");
  return kExitOk;
}

Result<int> show_programs(Context& context, const Agent& agent) {
  CANDOR_TRY(gather(std::make_shared<const Agent>(agent)));
  return show_event_file(context, programs_of(agent.state()),
                         "Nothing that programs recorded waits to be sent. `candor log "
                         "--programs` lists what was sent.");
}

Result<int> show_event_file(Context& context, const StateFolder& row, std::string otherwise) {
  const Outbox outbox(row, kEventFileLimits);
  CANDOR_ASSIGN(pending, outbox.pending());
  auto read = pending.empty() ? Result<std::string>(Error{ErrorKind::kNotFound, ""})
                              : outbox.read(pending.front().id);
  // The agent may have sent it since.
  if (!read.ok() && read.error().kind == ErrorKind::kNotFound)
    return Error{ErrorKind::kNothing, std::move(otherwise)};
  CANDOR_ASSIGN(bytes, std::move(read));
  context.out.print(bytes);
  if (pending.size() > 1) {
    context.out.say(fmt::format("{} are pending; this is the oldest, which is sent first.",
                                counted(pending.size(), "file of events", "files of events")));
  }
  return kExitOk;
}

}  // namespace candor
