#include "agent/agent.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/collect/collectors.h"
#include "agent/send/limits.h"
#include "base/build_version.h"
#include "base/nearest.h"
#include "contract/find.h"

namespace candor {
namespace {

std::vector<std::string> channel_names(const Contract& contract) {
  std::vector<std::string> names;
  for (const auto& channel : contract.channels) names.push_back(channel.name);
  return names;
}

Status check_channels(const Settings& settings, const Contract& contract) {
  const auto names = channel_names(contract);
  for (const auto& name : settings.channels()) {
    if (contract.channel(name) != nullptr) continue;
    const auto& setting = settings.setting(fmt::format("{}{}", kChannelPrefix, name));
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("{}: {} names no channel of {}.{} It has: {}.", setting.origin, setting.name,
                    contract.product, did_you_mean(name, names), fmt::join(names, ", "))};
  }
  return Ok{};
}

Result<Contract> contract_of(const Settings& settings) {
  CANDOR_ASSIGN(folder, find_contract_folder(settings.text("contracts"), this_executable()));
  const auto product = settings.text("product");
  if (product.empty()) {
    CANDOR_ASSIGN(products, list_products(folder));
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("No product is chosen. Choose one with: candor config set product NAME ({})",
                    fmt::join(products, ", "))};
  }
  CANDOR_ASSIGN(file, find_contract(product, folder));
  CANDOR_ASSIGN(contract, read_contract(file));
  if (contract.product == product) return contract;
  return Error{ErrorKind::kConfiguration, fmt::format("{} is the contract of {}, not of {}.",
                                                      file.string(), contract.product, product)};
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

Agent::Agent(Paths paths, AgentWorld world, Settings settings, Contract contract,
             std::optional<Policy> policy)
    : paths_(std::move(paths)),
      world_(std::move(world)),
      settings_(std::move(settings)),
      contract_(std::move(contract)),
      policy_(std::move(policy)),
      state_(paths_.state) {}

Result<Agent> Agent::open(const Paths& paths, AgentWorld world) {
  CANDOR_ASSIGN(settings, load_settings({paths.config_file, paths.drop_ins}, world.environment));
  CANDOR_ASSIGN(contract, contract_of(settings));
  CANDOR_TRY(check_channels(settings, contract));
  CANDOR_ASSIGN(policy, read_policy(world.environment));
  auto places = paths;
  if (const auto state = settings.text("state"); !state.empty()) places.state = state;
  // A program that a collector runs ends with the agent.
  world.run = [run = std::move(world.run),
               keep_going = world.keep_going](const ProcessOptions& options) {
    auto stoppable = options;
    stoppable.keep_going = keep_going;
    return run(stoppable);
  };
  return Agent(std::move(places), std::move(world), std::move(settings), std::move(contract),
               std::move(policy));
}

SwitchInputs Agent::switch_inputs() const {
  return {world_.environment.get("DO_NOT_TRACK"), world_.environment.get("CANDOR_TELEMETRY"),
          policy_, std::nullopt};
}

Result<Decision> Agent::decision() const {
  CANDOR_ASSIGN(given, consent());
  auto inputs = switch_inputs();
  if (given) inputs.consent = given->state;
  return decide(inputs);
}

ChannelSet Agent::channels() const {
  ChannelSet on;
  for (const auto& channel : contract_.channels) {
    if (settings_.channel(channel.name).value_or(channel.on_by_default)) on.insert(channel.name);
  }
  return on;
}

Result<UpkeepView> Agent::upkeep_view() const {
  UpkeepView view;
  CANDOR_ASSIGN(now, decision());
  // Local by somebody else's word makes nothing: a report made then could leave when the word is
  // gone.
  view.mode = now.mode == Mode::kLocal && now.is_forbidden() ? Mode::kOff : now.mode;
  view.interval = interval();
  CANDOR_ASSIGN(identity, read_identity(state_));
  if (identity) view.installation = identity->installation;
  const Outbox outbox(state_);
  CANDOR_ASSIGN(pending, outbox.pending());
  CANDOR_ASSIGN(last, outbox.last_sent());
  view.pending = pending.size();
  // What is dated in the future is from before the clock was set back, and says nothing: else each
  // report would be followed by the next one at once.
  const auto clock = world_.clock->now();
  const auto take = [&](const std::optional<Instant>& sealed_at) {
    if (sealed_at && *sealed_at <= clock) view.last_sealed = std::max(view.last_sealed, sealed_at);
  };
  if (last) take(last->sealed_at);
  for (const auto& report : pending) take(report.sealed_at);
  CANDOR_ASSIGN(given, consent());
  // A new consent begins with a report of its own.
  if (given && given->given_at && *given->given_at <= clock && view.last_sealed &&
      *view.last_sealed < *given->given_at)
    view.last_sealed.reset();
  return view;
}

Status Agent::check_licence(const std::string& licence, std::string_view command) const {
  if (!contract_.licence || licence == contract_.licence->id) return Ok{};
  auto message = licence_request(contract_, command);
  if (!licence.empty()) message.insert(0, fmt::format("\"{}\" is not the licence's id. ", licence));
  return Error{ErrorKind::kLicence, std::move(message)};
}

Result<Observation> Agent::observe() const { return collect(contract_, settings_, world_.run); }

Result<Identity> Agent::identity_or_new() const {
  CANDOR_ASSIGN(identity, read_identity(state_));
  if (identity) return std::move(*identity);
  CANDOR_ASSIGN(existing, existing_identity(contract_, settings_, world_.run));
  return make_identity(existing, world_.clock->now());
}

Status Agent::keep_identity(const Identity& identity) const {
  CANDOR_ASSIGN(kept, read_identity(state_));
  if (kept) return Ok{};
  CANDOR_TRY(state_.make());
  return write_identity(state_, identity);
}

Status Agent::check_claim(const Identity& identity, const OnRequest& request) const {
  if (!ClusterClaim::applies_to(contract_) || request.also_here) return Ok{};
  CANDOR_ASSIGN(holder, ClusterClaim(settings_, world_.run).holder());
  if (!holder || *holder == identity.agent) return Ok{};
  return Error{ErrorKind::kGeneral,
               fmt::format("Another agent ({}) already reports this cluster, and one is enough. If "
                           "that agent is gone, or to report from here too, add --also-here to the "
                           "'candor on' command.",
                           *holder)};
}

Status Agent::claim_cluster(const Identity& identity, OnResult& result) const {
  if (!ClusterClaim::applies_to(contract_)) return Ok{};
  const auto taken = ClusterClaim(settings_, world_.run).take(identity.agent);
  if (!taken.ok()) {
    result.notes.push_back(
        "The cluster could not be told that this agent reports it; another agent may do so too. " +
        taken.error().message);
  }
  return Ok{};
}

Result<OnResult> Agent::turn_on(const OnRequest& request) const {
  CANDOR_TRY(check_licence(request.licence, "candor on"));
  auto inputs = switch_inputs();
  inputs.consent = Mode::kOn;
  const auto would_be = decide(inputs);
  if (would_be.mode != Mode::kOn) {
    return Error{ErrorKind::kForbidden,
                 fmt::format("Telemetry cannot be switched on: {}", would_be.reason)};
  }
  CANDOR_ASSIGN(link, uplink_options(settings_, contract_));
  OnResult result;
  const auto before = consent();
  // A damaged record is replaced by the new decision, as `candor off` does.
  if (!before.ok() && before.error().kind != ErrorKind::kBadData) return before.error();
  result.was_on = before.ok() && *before && (*before)->state == Mode::kOn;
  if (!contract_.licence && !request.licence.empty()) {
    result.notes.push_back(fmt::format("The contract of {} has no licence; \"{}\" was not used.",
                                       contract_.product, request.licence));
  }
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_TRY(check_claim(identity, request));
  CANDOR_TRY(keep_identity(identity));
  CANDOR_TRY(claim_cluster(identity, result));
  if (!result.was_on) CANDOR_TRY(Outbox(state_).drop_pending());
  const auto on = channels();
  Consent agreed{Mode::kOn,
                 contract_.product,
                 contract_.licence ? contract_.licence->id : "",
                 contract_.consent_hash,
                 contract_.hash,
                 world_.clock->now(),
                 request.how,
                 {on.begin(), on.end()}};
  CANDOR_TRY(write_consent(state_, agreed, &contract_));
  result.identity = std::move(identity);
  const auto client = world_.make_client();
  Uplink to_collector(std::move(link), *client, world_.keep_going);
  const auto pinned = pin_key(state_, to_collector, kKeyTime);
  result.key_pinned = pinned.ok() && *pinned;
  if (!pinned.ok()) result.key_problem = pinned.error().message;
  if (!result.key_problem.empty() && !result.key_problem.ends_with('.')) result.key_problem += '.';
  return result;
}

Result<bool> switch_off(const StateFolder& state, Instant now) {
  const auto before = read_consent(state);
  // A damaged record is replaced by a plain no.
  if (!before.ok() && before.error().kind != ErrorKind::kBadData) return before.error();
  const bool known = before.ok() && before->has_value();
  const bool was_active = !before.ok() || (known && (*before)->state != Mode::kOff);
  if (known && !was_active) return false;
  const auto made = state.make();
  // Where nobody ever said yes, nothing is on, recorded or not.
  if (!made.ok() && !was_active) return false;
  CANDOR_TRY(made);
  Consent none;
  none.product = known ? (*before)->product : "";
  none.given_at = now;
  none.how = "candor off";
  CANDOR_TRY(write_consent(state, none, nullptr));
  CANDOR_TRY(Outbox(state).drop_pending());
  return was_active;
}

Result<bool> Agent::turn_off() const {
  CANDOR_ASSIGN(was_active, switch_off(state_, world_.clock->now()));
  // Another agent may report the cluster now. That it cannot be told keeps nothing on here.
  const auto identity = read_identity(state_);
  if (was_active && identity.ok() && *identity && ClusterClaim::applies_to(contract_)) {
    [[maybe_unused]] const auto ignored =
        ClusterClaim(settings_, world_.run).release((*identity)->agent);
  }
  return was_active;
}

Status Agent::turn_local() const {
  CANDOR_TRY(state_.make());
  Consent local;
  local.state = Mode::kLocal;
  local.product = contract_.product;
  local.given_at = world_.clock->now();
  local.how = "candor local";
  CANDOR_TRY(write_consent(state_, local, nullptr));
  CANDOR_TRY(Outbox(state_).drop_pending());
  return Ok{};
}

Result<Sealed> Agent::seal_with(const ChannelSet& channels, const ConsentedFields& fields,
                                const Identity& identity) const {
  CANDOR_ASSIGN(observation, observe());
  const auto attendance =
      is_automation(world_.environment) ? Attendance::kAutomation : Attendance::kPerson;
  return seal(observation, SealTerms{contract_, fields, channels, identity, world_.clock->now(),
                                     attendance, fmt::format("candor {}", build_package())});
}

Result<Shown> Agent::preview(const ChannelSet& channels, Fields which) const {
  CANDOR_ASSIGN(identity, read_identity(state_));
  const auto use = identity ? IdentityUse::kOwn : IdentityUse::kExample;
  if (!identity) identity = make_identity(std::nullopt, world_.clock->now());
  auto fields = ConsentedFields::all_of(contract_);
  CANDOR_ASSIGN(given, consent());
  if (which == Fields::kAgreed && given && given->state == Mode::kOn) {
    CANDOR_ASSIGN(agreed, ConsentedFields::agreed(state_, *given, contract_));
    fields = std::move(agreed);
  }
  CANDOR_ASSIGN(sealed, seal_with(channels, fields, *identity));
  return Shown{std::move(sealed.report), std::move(sealed.left_out), use};
}

Result<Agent::Pending> Agent::seal_now() const {
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
  auto fields = ConsentedFields::all_of(contract_);
  if (given->state == Mode::kOn) {
    CANDOR_ASSIGN(agreed, ConsentedFields::agreed(state_, *given, contract_));
    fields = std::move(agreed);
  }
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_ASSIGN(sealed, seal_with(channels(), fields, identity));
  CANDOR_TRY(keep_identity(identity));
  const Outbox outbox(state_);
  CANDOR_TRY(outbox.put(sealed.report, world_.clock->now()));
  // Another decision that came while collecting counts: what was seen stays home. One that comes
  // after this look finds the report in the outbox, and drops it.
  const auto still = consent();
  if (!still.ok() || !*still || (*still)->state != given->state ||
      (*still)->given_at != given->given_at) {
    CANDOR_TRY(outbox.drop(sealed.report.id()));
    return Error{ErrorKind::kOff,
                 "The decision about telemetry changed meanwhile; the report was not kept."};
  }
  CANDOR_ASSIGN(pending, outbox.pending());
  return Pending{sealed.report.id(), sealed.report.bytes(), pending.size(),
                 std::move(sealed.left_out)};
}

Status Agent::drop_unwanted() const {
  const auto on = channels();
  const Outbox outbox(state_);
  CANDOR_ASSIGN(pending, outbox.pending());
  for (const auto& report : pending) {
    const auto bytes = outbox.read(report.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;
    if (!bytes.ok()) return bytes.error();
    if (!may_still_leave(*bytes, contract_.product, on)) CANDOR_TRY(outbox.drop(report.id));
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
  // An off from another process stops an upload under way.
  return send_by(
      [this] {
        if (!world_.keep_going()) return false;
        const auto now = decision();
        return now.ok() && now->mode == Mode::kOn;
      },
      request);
}

Result<SendSummary> Agent::send_once(const std::string& licence) const {
  CANDOR_TRY(may_send(licence));
  CANDOR_TRY(uplink_options(settings_, contract_));
  if (channels().empty())
    return Error{ErrorKind::kNothing, "Every channel is off, so there is nothing to send."};
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_ASSIGN(sealed, seal_with(channels(), ConsentedFields::all_of(contract_), identity));
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
