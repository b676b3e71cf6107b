// The agent: observation → report → file → receipt. This is the only place that knows the whole
// row.
//
//   collect  what the machine or cluster looks like     agent/collect
//   seal     what of it may leave, as one document      agent/seal
//   outbox   the document as a file                     agent/outbox
//   send     the file to the collector                  agent/send
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forgetting.h"
#include "agent/leaving.h"
#include "agent/outbox/outbox.h"
#include "agent/programs/declare.h"
#include "agent/seal/consent.h"
#include "agent/seal/identity.h"
#include "agent/seal/off_switch.h"
#include "agent/seal/seal.h"
#include "agent/seal/state_folder.h"
#include "agent/send/sender.h"
#include "agent/upkeep.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "config/paths.h"
#include "config/settings.h"
#include "contract/contract.h"
#include "wire/http_client.h"

namespace candor {

// The world, handed in. `keep_going` is asked all the time; false ends what is under way.
struct AgentWorld {
  Environment environment;
  const Clock* clock = &system_clock();
  ProcessRunner run = run_process;
  std::function<std::unique_ptr<HttpClient>()> make_client = make_http_client;
  std::function<bool()> keep_going = [] { return true; };
  // Told what a collection could not see, and why; sentences.
  std::function<void(const std::string&)> note = [](const std::string&) {};
};

struct OnRequest {
  std::string licence;            // as given with --license; empty: none
  bool also_here = false;         // although another agent reports this cluster
  std::string how;                // the command, for the record
  std::string confirmed_by = {};  // who confirmed the channels that ask for it; empty: nobody
};

struct OnResult {
  bool was_on = false;
  bool agreed_anew = true;  // false: all of it was agreed to before, and nothing was written
  Identity identity;
  bool key_pinned = false;
  std::string key_problem;         // why not, when the collector could not be asked
  std::vector<std::string> notes;  // for the operator; sentences
};

enum class IdentityUse {
  kOwn,
  kExample
};  // kExample: there is none yet, and a throw-away one was shown

struct Shown {
  SealedReport report;
  std::vector<LeftOut> left_out;
  IdentityUse identity = IdentityUse::kOwn;
};

// How the consent on disk stands to today's contract.
struct Standing {
  std::vector<std::string> withheld;     // paths of fields that nobody agreed to
  std::vector<std::string> unconfirmed;  // channels that are on, and whose confirmation is missing
  std::string problem;  // why the consent does not cover the contract at all; empty: it does
  std::optional<Instant> starts_at;  // of what is withheld, when a notice announced it

  bool is_pending() const { return !withheld.empty() || !unconfirmed.empty() || !problem.empty(); }
};

class Agent {
 public:
  // Reads configuration, contract and policy. kConfiguration when one of them is wrong. Makes
  // nothing. What `before` read of the contract is used again when the file is the same.
  static Result<Agent> open(const Paths& paths, AgentWorld world, const Agent* before = nullptr);

  const Settings& settings() const { return settings_; }
  const Contract& contract() const { return *contract_; }
  // The same, for who outlives the agent.
  const ContractPtr& shared_contract() const { return contract_; }
  const StateFolder& state() const { return state_; }
  const Paths& paths() const { return paths_; }
  const AgentWorld& world() const { return world_; }

  Result<Decision> decision() const;
  // What was agreed to; nothing when there is no consent.
  Result<std::optional<Consent>> consent() const { return read_consent(state_); }
  // The channels that are on by configuration and contract.
  ChannelSet channels() const;
  // Those of them that may leave: without the ones whose confirmation is missing.
  ChannelSet leaving_channels(const ConsentedFields& fields) const;
  // The same by agreed_fields(); all that are on where the consent covers nothing of today's
  // contract.
  ChannelSet leaving_channels() const;
  // Keeps which dated fields leave by now, and since when (agent/leaving.h); to be called before
  // and after what changes that. Nothing is kept without a consent that has begun. What the
  // environment says counts for the running agent only: elsewhere it is one shell's word.
  enum class Eyes { kAgent, kCommand };
  Status note_leaving(Eyes eyes = Eyes::kCommand) const;
  // Has programs with libcandor record what may leave now, and nothing else. note_leaving() does
  // it, too.
  Status tell_programs(Eyes eyes = Eyes::kCommand) const;
  // Whether the decision is the one of the call that made this: false after an off, an on or a
  // forget by any process. Reads the state folder; must not outlive the agent.
  std::function<bool()> decision_stands() const;
  // The same, and false when the world says stop: for what is under way.
  std::function<bool()> while_decided() const;
  // The same, and false when telemetry is not on.
  std::function<bool()> while_on() const;
  // What decides about the next report.
  Result<UpkeepView> upkeep_view() const;
  std::chrono::hours interval() const { return std::chrono::hours(settings_.integer("interval")); }

  // Nothing stands in it where nothing was agreed to.
  Result<Standing> standing() const;
  // What of today's contract may leave by the consent on disk; all of it where nothing was agreed
  // to and reports are only shown.
  Result<ConsentedFields> agreed_fields() const;
  // kForbidden when policy or environment say no.
  Status may_turn_on() const;
  // kLicence when a channel that is on needs a confirmation which neither was given before nor is
  // now; names the flag and whom to ask.
  Status check_confirmation(const std::string& confirmed_by) const;
  // Keeps who confirmed a channel, for the consent there is; whether there is one.
  Result<bool> confirm(const std::string& channel, const std::string& who) const;
  // Of a contract with consent = "opt-out": announces what nobody was told of yet, to begin after
  // kGrace, and keeps that on disk. What the operator has to be told; nothing when there is nothing
  // to tell, somebody forbids it, it was refused, or nobody is there to read it (automation).
  Result<std::optional<std::string>> give_notice() const;

  // kForbidden when policy or environment say no, before anything else is asked for; kLicence when
  // the contract has a licence and `request` does not name it, or a confirmation is missing,
  // kUnavailable when the cluster's identity cannot be asked for. A
  // collector that cannot be reached is no error.
  Result<OnResult> turn_on(const OnRequest& request) const;
  // As switch_off below; besides, tells the cluster that this agent no longer reports it.
  Result<bool> turn_off(std::string_view how = "candor off") const;
  // Makes no identity: the first report does. The cluster is told that this agent no longer reports
  // it.
  Status turn_local() const;
  // Switches off, has the collector delete what this installation sent, and removes identity, keys
  // and copies here once it has signed for that. The next `on` makes a new identity. kTryAgain when
  // the collector is not done or not to be reached: calling it again goes on. kGeneral when its
  // word is not to be believed: nothing here was removed.
  Result<Forgotten> forget(const ForgetRequest& request) const;

  // The report that would be sent with these channels, never queued. `fields` says whether only
  // what was agreed to counts.
  enum class Fields { kAgreed, kAll };
  Result<Shown> preview(const ChannelSet& channels, Fields fields) const;
  // The oldest pending report's bytes; when nothing is pending, a new one is sealed and queued. One
  // with a channel that is off by now does not count: it is dropped.
  // Requires that telemetry is on, or local by consent; kOff otherwise.
  struct Pending {
    std::string id;
    std::string bytes;
    std::size_t count = 1;          // how many are pending
    std::vector<LeftOut> left_out;  // of a report just sealed
  };
  Result<Pending> pending_or_seal() const;
  // Seals a report and queues it.
  Result<Pending> seal_now() const;
  // kLicence when the contract has a licence, and this is not its id.
  Status check_licence(const std::string& licence, std::string_view command) const;
  // kOff, kForbidden or kLicence when sending is not allowed. `licence` allows it once, where
  // policy and environment would allow a yes.
  Status may_send(const std::string& licence) const;
  Result<SendSummary> send(SendRequest request) const;
  // Puts right the summary of a sending that another decision ended, which dropped what was pending
  // in `folder`: kOff, and nothing is left.
  void tell_if_dropped(const StateFolder& folder, SendSummary& summary) const;
  // One report for a one-time consent: seals with the contract's default channels and sends it.
  Result<SendSummary> send_once(const std::string& licence) const;

 private:
  Agent(Paths paths, AgentWorld world, Settings settings, ContractPtr contract,
        std::optional<Policy> policy);
  // `since` stands for the moment of the consent when that is not on disk.
  Result<Observation> observe(const ChannelSet& channels, const Identity& identity,
                              std::optional<Instant> since) const;
  Result<SendSummary> send_by(std::function<bool()> keep_going, SendRequest request) const;
  // The installation's identity; when it has none, a new one that is not kept yet.
  Result<Identity> identity_or_new() const;
  // Keeps a new one. kOff when it was forgotten meanwhile, kTryAgain when another one was kept.
  Status keep_identity(const Identity& identity) const;
  // Drops the pending reports that hold a channel which is off by now, or are another product's.
  Status drop_unwanted() const;
  // `counted` is what programs counted (agent/gathering.h).
  Result<Sealed> seal_with(const ChannelSet& channels, const ConsentedFields& fields,
                           const Identity& identity, std::uint64_t lost, Json counted,
                           std::optional<Instant> since = std::nullopt) const;
  SwitchInputs switch_inputs() const;  // without the consent
  Decision decision_by(const std::optional<Consent>& given, SwitchInputs inputs) const;
  // What there is to keep by now; nothing where nothing is kept.
  Result<std::optional<LeavingSince>> leaving_since(Eyes eyes) const;
  ProgramDeclarations program_declarations(Eyes eyes) const;
  // What would be decided if the operator said yes now.
  Decision decision_at_best() const;
  Result<std::optional<Deletion>> ask_to_forget(const Identity& identity,
                                                const UplinkOptions& options,
                                                const ForgetRequest& request) const;
  Status check_claim(const Identity& identity, const OnRequest& request) const;
  Status claim_cluster(const Identity& identity, OnResult& result) const;
  void release_cluster() const;
  // By channel, of those that are on and ask for it: `confirmed_by`, or who confirmed before.
  Result<std::map<std::string, std::string, std::less<>>> confirmations(
      const std::string& confirmed_by) const;
  Result<std::optional<Consent>> consent_for(const OnRequest& request,
                                             const std::optional<Consent>& before) const;
  // Keeps on disk what was announced; whether it did, for the decision may have changed meanwhile.
  Result<bool> announce(const std::optional<Consent>& before, Instant now) const;

  Paths paths_;
  AgentWorld world_;
  Settings settings_;
  ContractPtr contract_;
  std::optional<Policy> policy_;
  StateFolder state_;
};

// Switches off and drops what is pending; identity, keys and audit trail stay. Works without any
// configuration. Whether it was on or local before. `how` is for the record.
Result<bool> switch_off(const StateFolder& state, Instant now, std::string_view how = "candor off");

// Makes a sealed document pending, unless the operator decided anew since it was begun: then kOff,
// and nothing is kept, as after every other error. `what` it is, for the sentence.
Status keep_pending(const Outbox& outbox, const SealedDocument& document,
                    const std::function<bool()>& stands, Instant now, std::string_view what);

// kOff: of a report that was under way when the operator decided anew.
Error decided_meanwhile(std::string_view what);
// kOff: of one that was on its way by a consent for this once.
Error stopped_once();

// Holds the state folder's lock of a running agent; kTryAgain when another agent has it, and
// nothing when the folder is not there yet.
Result<std::optional<FileLock>> lock_agent(const StateFolder& state);
// Whether an agent runs with this state folder; nothing when the folder is not there.
std::optional<bool> agent_runs(const StateFolder& state);

// The sentence a licence is asked for with: what Stone's module prints, with Candor's command.
std::string licence_request(const Contract& contract, std::string_view command);

}  // namespace candor
