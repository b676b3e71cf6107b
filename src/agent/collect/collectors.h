// Which collector serves which product.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/collect/observation.h"
#include "base/process.h"
#include "base/result.h"
#include "config/settings.h"
#include "contract/contract.h"

namespace candor {

// Collects all that the product's contract may ask for. kUnavailable when the machine or cluster
// cannot be asked, kConfiguration when there is no collector for the product. Blocks for as long as
// the configuration allows.
Result<Observation> collect(const Contract& contract, const Settings& settings,
                            const ProcessRunner& run);

// An identity that the installation already has elsewhere, to be adopted; nothing when it has none.
// kUnavailable when that cannot be found out.
Result<std::optional<std::string>> existing_identity(const Contract& contract,
                                                     const Settings& settings,
                                                     const ProcessRunner& run);

// The mark that the agent which reports a cluster leaves there.
class ClusterClaim {
 public:
  ClusterClaim(const Settings& settings, const ProcessRunner& run)
      : settings_(settings), run_(run) {}

  // Whether installations of the product can have several agents at all.
  static bool applies_to(const Contract& contract);
  // The agent that reports this cluster; nothing when none does.
  Result<std::optional<std::string>> holder() const;
  Status take(const std::string& agent) const;
  Status release(const std::string& agent) const;

 private:
  const Settings& settings_;
  const ProcessRunner& run_;
};

}  // namespace candor
