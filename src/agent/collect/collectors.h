// Asks what a product's contract names: machine, cluster, programs.
#pragma once

#include <optional>
#include <string>

#include "agent/collect/observation.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"
#include "base/result.h"
#include "config/settings.h"
#include "contract/contract.h"

namespace candor {

struct CollectRequest {
  const Contract& contract;
  const Settings& settings;
  const ChannelSet& channels;    // what is on; what only serves another one is not asked for
  std::optional<Instant> since;  // of the consent: what happened before is left out; nothing: all
  std::string salt;              // of this installation, for names that are hashed on the way
  Instant now;
  Path crashes;  // the folder of crash records, unless the configuration names another
};

// Asks every collector of the contract and puts what they say together; a member that two of them
// have is the later one's. kUnavailable when the machine or cluster cannot be asked, kConfiguration
// when the contract names no collector. Blocks for as long as the configuration allows.
Result<Observation> collect(const CollectRequest& request, const ProcessRunner& run);

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
