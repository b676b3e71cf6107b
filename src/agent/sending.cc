// From what is pending to the collector.
#include <fmt/format.h>

#include "agent/agent.h"

namespace candor {

Status Agent::may_send(const std::string& licence) const {
  CANDOR_ASSIGN(now, decision());
  if (now.mode == Mode::kOn) return Ok{};
  if (now.is_forbidden())
    return Error{ErrorKind::kForbidden, fmt::format("Nothing was sent: {}", now.reason)};
  if (!contract_.licence) {
    return Error{ErrorKind::kOff,
                 fmt::format("Nothing was sent: telemetry is {}. {} To switch it on: candor on",
                             name_of(now.mode), now.reason)};
  }
  const auto licensed = check_licence(licence, "candor send");
  if (licensed.ok()) return Ok{};
  return Error{ErrorKind::kLicence,
               licensed.error().message + "\nPlease consider enabling telemetry with 'candor on'."};
}

Result<SendSummary> Agent::send_by(std::function<bool()> keep_going, SendRequest request) const {
  const auto client = world_.make_client();
  CANDOR_ASSIGN(options, uplink_options(settings_, contract_));
  Uplink to_collector(std::move(options), *client, std::move(keep_going));
  return send_pending(state_, to_collector, *world_.clock, request);
}

Result<SendSummary> Agent::send(SendRequest request) const {
  CANDOR_TRY(drop_unwanted());
  // An off from another process stops an upload under way, and so does one that was followed by an
  // on before this looked.
  const auto before = consent();
  if (!before.ok()) return before.error();
  const auto given_at = *before ? (*before)->given_at : std::nullopt;
  return send_by(
      [this, given_at] {
        if (!world_.keep_going()) return false;
        const auto now = decision();
        if (!now.ok() || now->mode != Mode::kOn) return false;
        const auto given = consent();
        return given.ok() && *given && (*given)->given_at == given_at;
      },
      request);
}

Result<SendSummary> Agent::send_once(const std::string& licence) const {
  CANDOR_TRY(may_send(licence));
  CANDOR_TRY(uplink_options(settings_, contract_));
  const auto fields = ConsentedFields::unconfirmed(contract_);
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
  CANDOR_ASSIGN(sealed, seal_with(with, fields, identity, 0, world_.clock->now()));
  CANDOR_TRY(keep_identity(identity));
  const Outbox outbox(state_);
  // What was sealed while reports were for local eyes only is no part of this consent.
  CANDOR_TRY(outbox.drop_pending());
  CANDOR_TRY(outbox.put(sealed.report, world_.clock->now()));
  auto summary = send_by(world_.keep_going, {});
  // The consent was for this one sending: what could not be sent now is not kept for later.
  CANDOR_TRY(outbox.drop_pending());
  if (summary.ok()) summary->left = 0;
  return summary;
}

}  // namespace candor
