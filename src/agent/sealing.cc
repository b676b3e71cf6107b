// From what is seen to what is pending.
#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/collect/collectors.h"
#include "agent/gathering.h"
#include "base/build_version.h"
#include "contract/program_fields.h"

namespace candor {

Result<Observation> Agent::observe(const ChannelSet& channels, const Identity& identity,
                                   std::optional<Instant> since) const {
  CANDOR_ASSIGN(given, consent());
  CollectRequest request{contract(),
                         settings_,
                         channels,
                         std::nullopt,
                         salt_of(identity),
                         world_.clock->now(),
                         state_.file(kCrashFolder)};
  request.installation = identity.installation;
  request.make_client = world_.make_client;
  request.keep_going = world_.keep_going;
  if (given && given->state != Mode::kOff) request.since = given->begins();
  if (since) {
    request.since = since;
  } else {
    CANDOR_ASSIGN(leaving, leaving_since(Eyes::kCommand));
    request.leaving = std::move(leaving).value_or(LeavingSince());
  }
  CANDOR_ASSIGN(seen, collect(request, world_.run));
  // A collector that was stopped may have left its part out: that is no report.
  if (!world_.keep_going()) return Error{ErrorKind::kTryAgain, "Collecting was stopped."};
  for (const auto& note : seen.notes) world_.note(note);
  return std::move(seen.observation);
}

Result<Sealed> Agent::seal_with(const ChannelSet& channels, const ConsentedFields& fields,
                                const Identity& identity, std::uint64_t lost, Json counted,
                                std::optional<Instant> since) const {
  CANDOR_ASSIGN(observation, observe(channels, identity, since));
  observation.merge(std::move(counted));
  const auto attendance =
      is_automation(world_.environment) ? Attendance::kAutomation : Attendance::kPerson;
  return seal(observation, SealTerms{contract(), fields, channels, identity, world_.clock->now(),
                                     attendance, fmt::format("candor {}", build_package()), lost});
}

Result<Shown> Agent::preview(const ChannelSet& channels, Fields which) const {
  CANDOR_ASSIGN(identity, read_identity(state_));
  const auto use = identity ? IdentityUse::kOwn : IdentityUse::kExample;
  if (!identity) identity = make_identity(std::nullopt, world_.clock->now());
  auto fields = ConsentedFields::all_of(contract());
  auto with = channels;
  if (which == Fields::kAgreed) {
    CANDOR_ASSIGN(agreed, agreed_fields());
    fields = std::move(agreed);
    for (const auto& channel : fields.unconfirmed_channels()) with.erase(channel);
  }
  CANDOR_ASSIGN(lost, Outbox(state_).lost());
  CANDOR_ASSIGN(counted, counted_now(state_, contract()));
  CANDOR_ASSIGN(sealed, seal_with(with, fields, *identity, lost, std::move(counted.members)));
  return Shown{std::move(sealed.report), std::move(sealed.left_out), use};
}

Error decided_meanwhile(std::string_view what) {
  return Error{
      ErrorKind::kOff,
      fmt::format("The decision about telemetry changed meanwhile; the {} was not kept.", what)};
}

Status keep_pending(const Outbox& outbox, const SealedDocument& document,
                    const std::function<bool()>& stands, Instant now, std::string_view what) {
  if (const auto kept = outbox.put(document, now); !kept.ok()) {
    // It may lie there all the same, and would be sent.
    CANDOR_TRY(outbox.drop(document.id()));
    return kept.error();
  }
  // As for reports: an off that comes after this look finds the file, and drops it.
  if (stands()) return Ok{};
  CANDOR_TRY(outbox.drop(document.id()));
  return decided_meanwhile(what);
}

Result<Agent::Pending> Agent::seal_now() const {
  const auto stands = decision_stands();
  if (channels().empty()) {
    return Error{
        ErrorKind::kNothing,
        "Every channel is off, so there is nothing to report. `candor channel ls` lists them."};
  }
  CANDOR_ASSIGN(given, consent());
  CANDOR_ASSIGN(now, decision());
  if (!given || now.mode == Mode::kOff || now.is_forbidden()) {
    return Error{ErrorKind::kOff,
                 fmt::format("Telemetry is {}. {}", name_of(now.mode), now.reason)};
  }
  CANDOR_TRY(note_leaving());
  CANDOR_ASSIGN(fields, agreed_fields());
  const auto with = leaving_channels(fields);
  if (with.empty()) CANDOR_TRY(check_confirmation(""));
  CANDOR_ASSIGN(identity, identity_or_new());
  const Outbox outbox(state_);
  CANDOR_ASSIGN(lost, outbox.lost());
  // Two that seal at once would tell the same counts.
  std::optional<FileLock> alone;
  if (has_counted_fields(contract())) {
    CANDOR_TRY(state_.make());
    CANDOR_ASSIGN(lock, state_.lock("seal.lock"));
    alone = std::move(lock);
  }
  CANDOR_ASSIGN(counted, counted_now(state_, contract()));
  const bool tells = !counted.members.empty();
  CANDOR_ASSIGN(sealed, seal_with(with, fields, identity, lost, std::move(counted.members)));
  // Another decision that came while collecting counts: what was seen stays home. One that comes
  // after the second look finds the report in the outbox, and drops it.
  if (!stands()) return decided_meanwhile("report");
  CANDOR_TRY(keep_identity(identity));
  if (tells) CANDOR_TRY(note_telling(state_, sealed.report.id(), std::move(counted.totals)));
  CANDOR_TRY(outbox.put(sealed.report, world_.clock->now()));
  if (!stands()) {
    CANDOR_TRY(outbox.drop(sealed.report.id()));
    return decided_meanwhile("report");
  }
  CANDOR_TRY(outbox.told_lost(lost));
  CANDOR_ASSIGN(pending, outbox.pending());
  return Pending{sealed.report.id(), sealed.report.bytes(), pending.size(),
                 std::move(sealed.left_out)};
}

Status Agent::drop_unwanted() const {
  const auto on = leaving_channels();
  const Outbox outbox(state_);
  CANDOR_ASSIGN(damaged, outbox.drop_damaged());
  for (const auto& note : damaged) world_.note(note + " The next report counts it as lost.");
  CANDOR_ASSIGN(pending, outbox.pending());
  for (const auto& report : pending) {
    const auto bytes = outbox.read(report.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;
    if (!bytes.ok()) return bytes.error();
    if (!may_still_leave(*bytes, contract().product, on)) CANDOR_TRY(outbox.drop(report.id));
  }
  return Ok{};
}

Result<Agent::Pending> Agent::pending_or_seal() const {
  const Outbox outbox(state_);
  CANDOR_TRY(outbox.expire(world_.clock->now()));
  CANDOR_TRY(drop_unwanted());
  CANDOR_ASSIGN(pending, outbox.pending());
  if (pending.empty()) return seal_now();
  CANDOR_ASSIGN(bytes, outbox.read(pending.front().id));
  return Pending{pending.front().id, std::move(bytes), pending.size(), {}};
}

}  // namespace candor
