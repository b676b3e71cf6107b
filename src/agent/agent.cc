#include "agent/agent.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/collect/collectors.h"
#include "agent/forgetting.h"
#include "base/nearest.h"
#include "contract/find.h"
#include "contract/limits.h"

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

// The one there was is used again when the file's bytes are the same: reading one takes time and
// memory, and the running agent looks often.
Result<ContractPtr> contract_of(const Settings& settings, const ContractPtr& before) {
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
  CANDOR_ASSIGN(text, read_file(file, kMaxContractBytes));
  if (before && before->product == product && before->file == file.string() && before->text == text)
    return before;
  CANDOR_ASSIGN(contract, parse_contract(text, file.string()));
  if (contract.product == product) return std::make_shared<const Contract>(std::move(contract));
  return Error{ErrorKind::kConfiguration, fmt::format("{} is the contract of {}, not of {}.",
                                                      file.string(), contract.product, product)};
}

}  // namespace

Agent::Agent(Paths paths, AgentWorld world, Settings settings, ContractPtr contract,
             std::optional<Policy> policy)
    : paths_(std::move(paths)),
      world_(std::move(world)),
      settings_(std::move(settings)),
      contract_(std::move(contract)),
      policy_(std::move(policy)),
      state_(paths_.state) {}

Result<Agent> Agent::open(const Paths& paths, AgentWorld world, const Agent* before) {
  CANDOR_ASSIGN(settings, load_settings({paths.config_file, paths.drop_ins}, world.environment));
  CANDOR_ASSIGN(contract, contract_of(settings, before ? before->contract_ : nullptr));
  CANDOR_TRY(check_channels(settings, *contract));
  auto policy = read_policy(world.environment);
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
  SwitchInputs inputs;
  inputs.do_not_track = world_.environment.get("DO_NOT_TRACK");
  inputs.candor_telemetry = world_.environment.get("CANDOR_TELEMETRY");
  inputs.policy = policy_;
  inputs.product_refusal = product_refusal(contract(), settings_);
  return inputs;
}

Result<Decision> Agent::decision() const {
  CANDOR_ASSIGN(given, consent());
  return decision_by(given, switch_inputs());
}

Decision Agent::decision_by(const std::optional<Consent>& given, SwitchInputs inputs) const {
  if (given) {
    inputs.consent = given->state;
    inputs.by_notice = given->how == kByNotice;
    if (given->is_waiting(world_.clock->now())) inputs.starts_at = given->starts_at;
  }
  return decide(inputs);
}

ChannelSet Agent::channels() const {
  ChannelSet on;
  for (const auto& channel : contract().channels) {
    if (settings_.channel(channel.name).value_or(channel.on_by_default)) on.insert(channel.name);
  }
  return on;
}

ChannelSet Agent::leaving_channels(const ConsentedFields& fields) const {
  auto on = channels();
  for (const auto& channel : fields.unconfirmed_channels()) on.erase(channel);
  return on;
}

ChannelSet Agent::leaving_channels() const {
  const auto fields = agreed_fields();
  return fields.ok() ? leaving_channels(*fields) : channels();
}

std::function<bool()> Agent::decision_stands() const {
  // What a decision leaves on disk.
  struct Decided {
    std::optional<Mode> state;
    std::optional<Instant> given_at;
    bool being_forgotten = false;
    std::string forgotten;
  };
  const auto look = [this]() -> std::optional<Decided> {
    const auto given = consent();
    if (!given.ok()) return std::nullopt;
    Decided decided;
    if (*given) {
      decided.state = (*given)->state;
      decided.given_at = (*given)->given_at;
    }
    decided.being_forgotten = begun_forgetting(state_).has_value();
    decided.forgotten = state_.read("forgotten").value_or("");
    return decided;
  };
  return [look, before = look()] {
    const auto now = look();
    return before && now && now->state == before->state && now->given_at == before->given_at &&
           now->being_forgotten == before->being_forgotten && now->forgotten == before->forgotten;
  };
}

std::function<bool()> Agent::while_decided() const {
  return [this, stands = decision_stands()] { return world_.keep_going() && stands(); };
}

std::function<bool()> Agent::while_on() const {
  return [this, decided = while_decided()] {
    if (!decided()) return false;
    const auto now = decision();
    return now.ok() && now->mode == Mode::kOn;
  };
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
  const auto begins = given ? given->begins() : std::nullopt;
  if (begins && *begins <= clock && view.last_sealed && *view.last_sealed < *begins)
    view.last_sealed.reset();
  if (given && given->is_waiting(clock) && !now.is_forbidden()) view.starts_at = given->starts_at;
  return view;
}

Result<Identity> Agent::identity_or_new() const {
  CANDOR_ASSIGN(identity, read_identity(state_));
  if (begun_forgetting(state_)) {
    return Error{ErrorKind::kGeneral, std::string(kFinishForgetting)};
  }
  if (identity) return std::move(*identity);
  CANDOR_ASSIGN(existing, existing_identity(contract(), settings_, world_.run));
  if (existing) {
    CANDOR_ASSIGN(forgotten, is_forgotten(state_, *existing));
    if (forgotten) return make_identity(std::nullopt, world_.clock->now());
  }
  return make_identity(existing, world_.clock->now());
}

Status Agent::keep_identity(const Identity& identity) const {
  CANDOR_TRY(state_.make());
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(kept, read_identity(state_));
  // In this order: `forget` notes the identity before it removes it.
  CANDOR_ASSIGN(forgotten, is_forgotten(state_, identity.installation));
  if (forgotten) {
    return Error{ErrorKind::kOff,
                 "This installation was forgotten meanwhile, so nothing was kept."};
  }
  if (!kept) return write_identity(state_, identity);
  // Two that adopt the cluster's identity have secrets of their own.
  if (kept->installation == identity.installation &&
      kept->deletion_secret == identity.deletion_secret)
    return Ok{};
  return Error{ErrorKind::kTryAgain,
               "Another candor process made this installation's identity just now. Try again."};
}

}  // namespace candor
