#include "agent/program_upkeep.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/events.h"
#include "agent/outbox/last_failure.h"
#include "agent/programs/limits.h"
#include "agent/programs/rings.h"
#include "agent/upkeep.h"
#include "base/counted.h"
#include "base/digest.h"
#include "base/log.h"

namespace candor {

std::optional<Instant> ProgramUpkeep::work(const Agent& agent) {
  const auto decision = agent.decision();
  if (!decision.ok() || decision->mode != Mode::kOn || !agent.state().has(library::kFolder)) {
    look_again_ = emptied_ = std::nullopt;
    channels_.reset();
    forget_failures();
    return std::nullopt;
  }
  const auto programs = programs_of(agent.state());
  const auto now = agent.world().clock->now();
  follow_channels(agent, now);
  if (is_due(programs, now)) gather(agent, now);
  const auto pending = Outbox(programs, kEventFileLimits).pending();
  if (!pending.ok()) tell(pending.error());
  // What waited may be sent, or dropped, by somebody else.
  if (pending.ok() && pending->empty()) forget_failures();
  const bool waits = !pending.ok() || !pending->empty();
  if (waits && (!send_again_ || *send_again_ <= now)) send(agent, now);
  return soonest({look_again_, send_again_});
}

void ProgramUpkeep::forget_failures() {
  failures_ = 0;
  send_again_.reset();
}

bool ProgramUpkeep::is_due(const StateFolder& programs, Instant now) {
  look_again_.reset();
  remove_unfinished_rings(programs, now);
  const auto names = ring_names(programs);
  if (!names.ok()) {
    tell(names.error());
    look_again_ = now + kLookAtRings;
    return false;
  }
  if (names->empty()) return false;
  look_again_ = now + kLookAtRings;
  const auto look = look_at_rings(programs, *names);
  const auto since = emptied_ ? now - *emptied_ : Millis::max();
  // A moment that is to come: the clock was put back.
  if (since < Millis(0)) emptied_.reset();
  return look.is_due ? !emptied_ || since >= kLookAtRings
                     : look.has_events && (!emptied_ || since >= kEmptyRingsAfter);
}

void ProgramUpkeep::gather(const Agent& agent, Instant now) {
  emptied_ = now;
  const auto gathered = candor::gather(std::make_shared<const Agent>(agent));
  if (!gathered.ok() && gathered.error().kind != ErrorKind::kOff) tell(gathered.error());
}

// What was recorded in a channel that is off by now stays home, also when it is on again.
void ProgramUpkeep::follow_channels(const Agent& agent, Instant now) {
  const auto channels = agent.leaving_channels();
  const bool changed = channels_ && *channels_ != channels;
  channels_ = channels;
  if (!changed) return;
  gather(agent, now);
  const auto passed_over = pass_over_counts(agent);
  if (!passed_over.ok()) tell(passed_over.error());
}

void ProgramUpkeep::send(const Agent& agent, Instant now) {
  // Whatever ends it without a word of its own is looked at again.
  send_again_ = now + kSendAgainAfterTrouble;
  if (const auto dropped = drop_unwanted_events(agent, programs_of(agent.state())); !dropped.ok())
    return tell(dropped.error());
  if (!client_) client_ = agent.world().make_client();
  const auto sent = send_program_events(agent, *client_, {failures_, random_share(), kEventPace});
  if (!sent.ok()) return failed(agent, sent.error(), std::nullopt, now);
  if (sent->stopped || sent->busy) return;
  if (sent->refused > 0) {
    tell(
        {ErrorKind::kGeneral,
         fmt::format("the collector refused files of events; they are kept in library/refused/: {}",
                     sent->refusal)});
  }
  if (sent->error) return failed(agent, *sent->error, sent->retry_after, now);
  if (failures_ > 0) log_info("what programs recorded is sent again");
  forget_failures();
  if (sent->left > 0) send_again_ = now;
}

void ProgramUpkeep::failed(const Agent& agent, const Error& error, std::optional<Millis> asked,
                           Instant now) {
  if (error.kind == ErrorKind::kOff) return;
  const auto wait = asked.value_or(next_step({}, failures_, now, random_share(), kEventPace).wait);
  if (failures_++ == 0)
    log_warning("what programs recorded was not sent, and is tried again: {}", error.message);
  send_again_ = now + std::max(wait, Millis(std::chrono::seconds(1)));
  [[maybe_unused]] const auto ignored =
      note_failure(programs_of(agent.state()), {now, error.message, send_again_});
}

// Once for the same trouble.
void ProgramUpkeep::tell(const Error& error) {
  if (said_ != error.message) log_warning("what programs record: {}", error.message);
  said_ = error.message;
}

}  // namespace candor
