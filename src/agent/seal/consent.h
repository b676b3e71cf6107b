// What the operator agreed to, as it stands in state/consent.json and state/consent-contract.toml.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/seal/off_switch.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "contract/check.h"
#include "contract/contract.h"

namespace candor {

// `how` of a consent that a notice announced and nobody refused (contracts with consent =
// "opt-out").
inline constexpr std::string_view kByNotice = "notice";

// What a notice announced for later: a contract that declares more than was agreed to.
struct Announced {
  std::string consent_hash;
  std::string contract_hash;
  std::optional<Instant> given_at;
  std::optional<Instant> starts_at;  // what it adds stays home until then
};

struct Consent {
  Mode state = Mode::kOff;
  std::string product;
  std::string licence;       // id; empty: the contract had none, or it was withdrawn
  std::string consent_hash;  // of the contract agreed to; empty: none
  std::string contract_hash;
  std::optional<Instant> given_at;
  std::string how;                    // "candor on --license sharing-1-0", or kByNotice
  std::vector<std::string> channels;  // that were on at that moment; for the record
  // Who confirmed, by channel: of the channels whose contract asks for a confirmation.
  std::map<std::string, std::string, std::less<>> confirmed_by = {};
  std::optional<Instant> starts_at = {};  // of a notice: nothing leaves before
  std::optional<Announced> next = {};     // the contract of consent-next.toml

  // From when on what is seen may leave.
  std::optional<Instant> begins() const { return starts_at ? starts_at : given_at; }
  // Whether it was announced and has not begun.
  bool is_waiting(Instant now) const { return state == Mode::kOn && starts_at && *starts_at > now; }
};

// Nothing when no decision was ever made; kBadData when the file is damaged.
Result<std::optional<Consent>> read_consent(const StateFolder& state);
// `agreed` is the contract that the consent is bound to, or nullptr for a consent that allows
// nothing. Forgets what was announced.
Status write_consent(const StateFolder& state, const Consent& consent, const Contract* agreed);
// A consent whose contract stays as it is. `announced` is the contract of `consent.next`, or
// nullptr when that stays too.
Status amend_consent(const StateFolder& state, const Consent& consent, const Contract* announced);
// What was announced and has begun becomes what the consent is bound to. Nothing when nothing was.
Status settle_announced(const StateFolder& state, Consent& consent, Instant now);
// The contract that the consent is bound to; kBadData when its file is not the one agreed to.
Result<Contract> read_agreed_contract(const StateFolder& state, const Consent& consent,
                                      Instant now);

// What may leave: fields and metrics, each as contract/check.h's consent_line, and events.
class ConsentedFields {
 public:
  // All that the contract declares: for what is only shown.
  static ConsentedFields all_of(const Contract& contract);
  // The same but for channels that somebody has to confirm: for a consent given without that.
  static ConsentedFields unconfirmed(const Contract& contract);
  // What was agreed to, and what was announced and has begun. kBadData when the record does not
  // say; kPending when the product or licence is another.
  static Result<ConsentedFields> agreed(const StateFolder& state, const Consent& consent,
                                        const Contract& contract, Instant now);

  bool allows(const Contract& contract, const Field& field) const;
  // Whether events of that name may leave at all.
  bool allows(const Contract& contract, const DeclaredEvent& event) const;
  // The labels with which a metric may leave; nothing where it may not leave at all.
  using LabelNames = std::set<std::string, std::less<>>;
  std::optional<LabelNames> labels_of(const Contract& contract, const DeclaredMetric& metric) const;
  // Paths of fields, metrics and labels that the contract declares and nobody agreed to; a
  // confirmation that is missing does not count.
  std::vector<std::string> withheld(const Contract& contract) const;
  // Channels whose confirmation is missing: nothing of them leaves.
  const ChannelSet& unconfirmed_channels() const { return unconfirmed_; }

 private:
  void add(const Contract& contract);
  bool covers(const Contract& contract, const Field& field) const;
  // By consent line; what each contract's `*` of that line leave to fields of their own.
  std::multimap<std::string, NamesBesideStars> lines_;
  std::set<std::pair<std::string, std::string>> events_;  // channel, name
  std::set<std::string> metric_lines_;                    // of metrics and their labels
  ChannelSet unconfirmed_;
};

}  // namespace candor
