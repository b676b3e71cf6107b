// What the operator agreed to, as it stands in state/consent.json and state/consent-contract.toml.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/seal/off_switch.h"
#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "contract/contract.h"

namespace candor {

struct Consent {
  Mode state = Mode::kOff;
  std::string product;
  std::string licence;       // id; empty: the contract had none, or it was withdrawn
  std::string consent_hash;  // of the contract agreed to; empty: none
  std::string contract_hash;
  std::optional<Instant> given_at;
  std::string how;                    // "candor on --license sharing-1-0"
  std::vector<std::string> channels;  // that were on at that moment; for the record
};

// Nothing when no decision was ever made; kBadData when the file is damaged.
Result<std::optional<Consent>> read_consent(const StateFolder& state);
// `agreed` is the contract that the consent is bound to, or nullptr for a consent that allows
// nothing.
Status write_consent(const StateFolder& state, const Consent& consent, const Contract* agreed);

// The fields that may leave: each as contract/check.h's consent_line.
class ConsentedFields {
 public:
  // All that the contract declares: for what is only shown.
  static ConsentedFields all_of(const Contract& contract);
  // What was agreed to. kBadData when the record does not say; kPending when the licence is
  // another.
  static Result<ConsentedFields> agreed(const StateFolder& state, const Consent& consent,
                                        const Contract& contract);

  bool allows(const Contract& contract, const Field& field) const;
  // Paths of fields that the contract declares and nobody agreed to.
  std::vector<std::string> withheld(const Contract& contract) const;

 private:
  std::set<std::string, std::less<>> lines_;
};

}  // namespace candor
