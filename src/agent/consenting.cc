// The operator's word: on, local, off.
#include <fmt/format.h>

#include "agent/agent.h"
#include "agent/collect/collectors.h"
#include "agent/devices.h"
#include "agent/events.h"
#include "agent/gathering.h"
#include "agent/insights.h"
#include "agent/programs/program_switch.h"
#include "agent/send/limits.h"
#include "agent/verify.h"

namespace candor {
namespace {

Status write_off(const StateFolder& state, const std::string& product, Instant now,
                 std::string_view how) {
  CANDOR_TRY(state.make());
  Consent none;
  none.product = product;
  none.given_at = now;
  none.how = how;
  CANDOR_ASSIGN(lock, state.lock());
  return write_consent(state, none, nullptr);
}

// First of all, as it needs no space, and nobody may be told "off" before; and behind the decision,
// before which an agent may have switched them on again.
Status switch_off_programs(const StateFolder& state) {
  if (!state.has(program_switch_name())) return Ok{};
  CANDOR_ASSIGN(lock, state.lock());
  return switch_programs_off(state);
}

}  // namespace

std::string licence_request(const Contract& contract, std::string_view command) {
  const auto& licence = *contract.licence;
  return fmt::format(
      "Telemetry data is licensed under the {} ({}).\nTo {}, add '--license {}' to the '{}' "
      "command.",
      licence.name, licence.url, command == "candor on" ? "enable" : "manually send telemetry data",
      licence.id, command);
}

Status Agent::check_licence(const std::string& licence, std::string_view command) const {
  if (!contract().licence || licence == contract().licence->id) return Ok{};
  auto message = licence_request(contract(), command);
  if (!licence.empty()) message.insert(0, fmt::format("\"{}\" is not the licence's id. ", licence));
  return Error{ErrorKind::kLicence, std::move(message)};
}

Status Agent::check_claim(const Identity& identity, const OnRequest& request) const {
  if (!ClusterClaim::applies_to(contract()) || request.also_here) return Ok{};
  CANDOR_ASSIGN(holder, ClusterClaim(settings_, world_.run).holder());
  if (!holder || *holder == identity.agent) return Ok{};
  return Error{
      ErrorKind::kGeneral,
      fmt::format("Another agent ({}) already reports this cluster, and one is enough. {} If "
                  "that agent is gone, or to report from here too, add --also-here to the "
                  "'candor on' command.",
                  *holder,
                  identity.adopted
                      ? fmt::format("This one would report under the same identity, the "
                                    "cluster's own: {}.",
                                    identity.installation)
                      : "The cluster has no identity of its own, so this one would count "
                        "as an installation more.")};
}

Status Agent::claim_cluster(const Identity& identity, OnResult& result) const {
  if (!ClusterClaim::applies_to(contract())) return Ok{};
  const auto taken = ClusterClaim(settings_, world_.run).take(identity.agent);
  if (!taken.ok()) {
    result.notes.push_back(
        "The cluster could not be told that this agent reports it; another agent may do so too. " +
        taken.error().message);
  }
  return Ok{};
}

Decision Agent::decision_at_best() const {
  auto inputs = switch_inputs();
  inputs.consent = Mode::kOn;
  return decide(inputs);
}

Status Agent::may_turn_on() const {
  const auto would_be = decision_at_best();
  if (would_be.mode == Mode::kOn) return Ok{};
  return Error{ErrorKind::kForbidden,
               fmt::format("Telemetry cannot be switched on: {}", would_be.reason)};
}

// The consent that `request` gives; nothing when the one there is says all of it already, so that
// agreeing again and again begins nothing anew.
Result<std::optional<Consent>> Agent::consent_for(const OnRequest& request,
                                                  const std::optional<Consent>& before) const {
  const auto now = world_.clock->now();
  CANDOR_ASSIGN(confirmed, confirmations(request.confirmed_by));
  if (before && before->state == Mode::kOn && before->how != kByNotice && !before->next &&
      before->confirmed_by == confirmed) {
    const auto agreed = ConsentedFields::agreed(state_, *before, contract(), now);
    if (agreed.ok() && agreed->withheld(contract()).empty()) return std::optional<Consent>();
  }
  const auto on = channels();
  Consent given{.state = Mode::kOn,
                .product = contract().product,
                .licence = contract().licence ? contract().licence->id : "",
                .consent_hash = contract().consent_hash,
                .contract_hash = contract().hash,
                .given_at = now,
                .how = request.how,
                .channels = {on.begin(), on.end()},
                .confirmed_by = std::move(confirmed)};
  return std::optional(std::move(given));
}

Result<OnResult> Agent::turn_on(const OnRequest& request) const {
  CANDOR_TRY(may_turn_on());
  CANDOR_TRY(check_licence(request.licence, "candor on"));
  CANDOR_TRY(check_confirmation(request.confirmed_by));
  CANDOR_ASSIGN(link, uplink_options(settings_, contract()));
  OnResult result;
  const auto before = consent();
  // A damaged record is replaced by the new decision, as `candor off` does.
  if (!before.ok() && before.error().kind != ErrorKind::kBadData) return before.error();
  result.was_on = before.ok() && *before && (*before)->state == Mode::kOn &&
                  !(*before)->is_waiting(world_.clock->now());
  if (!contract().licence && !request.licence.empty()) {
    result.notes.push_back(fmt::format("The contract of {} has no licence; \"{}\" was not used.",
                                       contract().product, request.licence));
  }
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_TRY(check_claim(identity, request));
  CANDOR_ASSIGN(agreed, consent_for(request, before.ok() ? *before : std::nullopt));
  result.agreed_anew = agreed.has_value();
  if (agreed && agreed->confirmed_by.empty() && !request.confirmed_by.empty())
    result.notes.push_back("No channel that is on needs a confirmation; none was recorded.");
  CANDOR_TRY(keep_identity(identity));
  CANDOR_TRY(claim_cluster(identity, result));
  // What is being made for local eyes, or is on its way by a yes for once, is no part of this one:
  // an off ends it, and nothing can be made between that and the yes.
  const bool decided_before = !before.ok() || before->has_value();
  if (!result.was_on && decided_before)
    CANDOR_TRY(switch_off(state_, world_.clock->now(), request.how));
  if (!result.was_on) CANDOR_TRY(Outbox(state_).drop_pending());
  if (!result.was_on) CANDOR_TRY(drop_devices(state_));
  if (!result.was_on) CANDOR_TRY(drop_events(state_));
  if (!result.was_on) CANDOR_TRY(drop_recorded(state_, world_.clock->now()));
  if (agreed) {
    CANDOR_ASSIGN(lock, state_.lock());
    CANDOR_TRY(write_consent(state_, *agreed, &contract()));
  }
  CANDOR_TRY(note_leaving());
  result.identity = std::move(identity);
  const auto client = world_.make_client();
  Uplink to_collector(std::move(link), *client, world_.keep_going);
  const auto pinned = pin_key(state_, to_collector, kKeyTime);
  const auto key = pinned_key(state_);
  result.key_pinned = key.ok() && key->has_value();
  if (!pinned.ok()) result.key_problem = pinned.error().message;
  if (!result.key_problem.empty() && !result.key_problem.ends_with('.')) result.key_problem += '.';
  return result;
}

Result<bool> switch_off(const StateFolder& state, Instant now, std::string_view how) {
  const auto before = read_consent(state);
  // A damaged record is replaced by a plain no.
  if (!before.ok() && before.error().kind != ErrorKind::kBadData) return before.error();
  const bool known = before.ok() && before->has_value();
  const bool was_active = !before.ok() || (known && (*before)->state != Mode::kOff);
  CANDOR_TRY(switch_off_programs(state));
  // Also where it is off already: a report may be on its way by a yes for this once.
  const auto written = write_off(state, known ? (*before)->product : "", now, how);
  // Where nothing is on, it need not be recorded.
  if (!written.ok() && !was_active) return false;
  CANDOR_TRY(written);
  CANDOR_TRY(switch_off_programs(state));
  CANDOR_TRY(Outbox(state).drop_pending());
  CANDOR_TRY(drop_devices(state));
  CANDOR_TRY(drop_events(state));
  CANDOR_TRY(drop_recorded(state, now));
  CANDOR_TRY(drop_advice(state));
  return was_active;
}

Result<bool> Agent::turn_off(std::string_view how) const {
  CANDOR_ASSIGN(was_active, switch_off(state_, world_.clock->now(), how));
  if (was_active) release_cluster();
  return was_active;
}

// Another agent may report the cluster now. That it cannot be told keeps nothing on here.
void Agent::release_cluster() const {
  const auto identity = read_identity(state_);
  if (!identity.ok() || !*identity || !ClusterClaim::applies_to(contract())) return;
  [[maybe_unused]] const auto ignored =
      ClusterClaim(settings_, world_.run).release((*identity)->agent);
}

Status Agent::turn_local() const {
  const auto before = consent();
  CANDOR_TRY(state_.make());
  Consent local;
  local.state = Mode::kLocal;
  local.product = contract().product;
  local.given_at = world_.clock->now();
  local.how = "candor local";
  {
    CANDOR_ASSIGN(lock, state_.lock());
    CANDOR_TRY(write_consent(state_, local, nullptr));
  }
  CANDOR_TRY(tell_programs());
  CANDOR_TRY(Outbox(state_).drop_pending());
  if (before.ok() && *before && (*before)->state == Mode::kOn) release_cluster();
  CANDOR_TRY(drop_devices(state_));
  CANDOR_TRY(drop_events(state_));
  return drop_recorded(state_, local.given_at.value());
}

}  // namespace candor
