// Asks what a product's contract names: machine, cluster, programs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/collect/observation.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"
#include "base/result.h"
#include "config/settings.h"
#include "contract/contract.h"
#include "wire/http_client.h"

namespace candor {

// Since when fields leave, by their paths in the contract.
using LeavingSince = std::map<std::string, Instant, std::less<>>;

struct CollectRequest {
  const Contract& contract;
  const Settings& settings;
  const ChannelSet& channels;    // what is on; what only serves another one is not asked for
  std::optional<Instant> since;  // of the consent: what happened before is left out; nothing: all
  std::string salt;              // of this installation, for names that are hashed on the way
  Instant now;
  Path crashes;  // the folder of crash records, besides the one that the configuration names
  LeavingSince leaving{};      // of what is dated: left out as well what happened before
  std::string installation{};  // of DC/OS's tracks: their clusterId
  std::function<std::unique_ptr<HttpClient>()> make_client = make_http_client;
  std::function<bool()> keep_going{};  // false ends a transfer
};

struct Collection {
  Observation observation;
  std::vector<std::string> notes;  // what could not be seen and why, for the operator
};

// Asks every collector of the contract that a channel which is on needs, and puts what they say
// together: objects of one name are merged, of anything else the later one counts. A program,
// systemd or a part of a DC/OS cluster that cannot be asked is left out, with a note. kUnavailable
// when the machine or a cluster of Ceph cannot be asked, or nothing at all; kConfiguration when the
// contract names no collector. Blocks for as long as the configuration allows.
Result<Collection> collect(const CollectRequest& request, const ProcessRunner& run);

// Where crash records are: `own`, and the folder that the configuration names besides.
std::vector<Path> crash_folders(const Settings& settings, const Path& own);

// Whether the field is of something that has a time, of which only what happened since then leaves.
bool is_dated(const Field& field);

// Whether an installation of the product can have an identity of its own already.
bool may_have_identity(const Contract& contract);
// An identity that the installation already has elsewhere, to be adopted; nothing when it has none.
// kUnavailable when that cannot be found out.
Result<std::optional<std::string>> existing_identity(const Contract& contract,
                                                     const Settings& settings,
                                                     const ProcessRunner& run);

// Why the product itself was told to send no telemetry, as a sentence; nothing when it was not, or
// has no such switch. Reads files each time.
std::optional<std::string> product_refusal(const Contract& contract, const Settings& settings);

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
