// From what is pending to the collector.
#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/begin.h"
#include "agent/forgetting.h"

namespace candor {

Status Agent::may_send(const std::string& licence) const {
  CANDOR_ASSIGN(now, decision());
  if (now.mode == Mode::kOn) return Ok{};
  // A no of the operator's own can be put aside for one report by a yes; that of a level above not,
  // though the operator's is the one that counts first.
  const auto at_best = decision_at_best();
  if (at_best.mode != Mode::kOn)
    return Error{ErrorKind::kForbidden, fmt::format("Nothing was sent: {}", at_best.reason)};
  // While it is being forgotten no licence helps.
  if (!contract().licence || begun_forgetting(state_)) {
    return Error{ErrorKind::kOff, fmt::format("Nothing was sent: {}", why_not_on(state_, now))};
  }
  const auto licensed = check_licence(licence, "candor send");
  if (licensed.ok()) return Ok{};
  return Error{ErrorKind::kLicence,
               licensed.error().message + "\nPlease consider enabling telemetry with 'candor on'."};
}

Result<SendSummary> Agent::send_by(std::function<bool()> keep_going, SendRequest request) const {
  const auto client = world_.make_client();
  CANDOR_ASSIGN(options, uplink_options(settings_, contract()));
  Uplink to_collector(std::move(options), *client, std::move(keep_going));
  return send_pending(state_, to_collector, *world_.clock, request);
}

Result<SendSummary> Agent::send(SendRequest request) const {
  auto on = while_on();
  CANDOR_TRY(drop_unwanted());
  auto summary = send_by(std::move(on), request);
  if (summary.ok()) tell_if_dropped(state_, *summary);
  return summary;
}

// An off or a forget stops what is under way, and drops it: then nothing is kept to be sent later,
// whatever was decided after that.
void Agent::tell_if_dropped(const StateFolder& folder, SendSummary& summary) const {
  if (!summary.stopped || summary.left == 0) return;
  const auto now = decision();
  const auto pending = Outbox(folder).pending();
  const bool is_on = !now.ok() || now->mode == Mode::kOn;
  if (is_on && (!pending.ok() || !pending->empty())) return;
  summary.left = 0;
  summary.retry_after.reset();
  summary.error = Error{
      ErrorKind::kOff,
      is_on ? std::string("Sending was stopped, and what was pending is dropped: telemetry was "
                          "switched off, and on again.")
            : fmt::format("Sending was stopped, and what was pending is dropped: telemetry is {} "
                          "now. {}",
                          name_of(now->mode), now->reason)};
}

Error stopped_once() {
  return Error{ErrorKind::kOff, "Sending was stopped by another decision; nothing was kept."};
}

Result<SendSummary> Agent::send_once(const std::string& licence) const {
  const auto stands = decision_stands();
  const auto decided = while_decided();
  CANDOR_TRY(may_send(licence));
  CANDOR_TRY(uplink_options(settings_, contract()));
  const auto fields = ConsentedFields::unconfirmed(contract());
  auto with = channels();
  for (const auto& channel : fields.unconfirmed_channels()) with.erase(channel);
  if (with.empty()) {
    return Error{
        ErrorKind::kNothing,
        "Every channel is off, or needs a confirmation that `candor on` takes, so there is "
        "nothing to send."};
  }
  CANDOR_ASSIGN(identity, identity_or_new());
  // The consent begins now: what happened before, perhaps under a refusal, is no part of it.
  CANDOR_ASSIGN(sealed, seal_with(with, fields, identity, 0, Json::object(), world_.clock->now()));
  if (!decided()) return decided_meanwhile("report");
  CANDOR_TRY(keep_identity(identity));
  const Outbox outbox(state_);
  // What was sealed while reports were for local eyes only is no part of this consent.
  CANDOR_TRY(outbox.drop_pending());
  CANDOR_TRY(outbox.put(sealed.report, world_.clock->now()));
  auto summary = send_by(decided, {});
  // The consent was for this one sending: what could not be sent now is not kept for later.
  CANDOR_TRY(outbox.drop_pending());
  if (summary.ok()) summary->left = 0;
  if (summary.ok() && summary->error && !stands()) summary->error = stopped_once();
  return summary;
}

}  // namespace candor
