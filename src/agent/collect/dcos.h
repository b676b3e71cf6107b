// A DC/OS cluster, asked as its signal service asks it: the diagnostics service for the health of
// units, Cosmos for packages, Mesos for resources, services and agents.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/collect/dcos_config.h"
#include "agent/collect/units.h"
#include "base/json.h"
#include "base/result.h"
#include "wire/http_client.h"

namespace candor {

// What a collector saw, and for the operator what it could not see and why.
struct Collected {
  Json document = Json::object();
  std::vector<std::string> notes;  // sentences
};

struct DcosRequest {
  const DcosConfig& config;
  std::set<std::string, std::less<>> tracks;  // "diagnostics", "cosmos", "mesos": those wanted
  std::optional<UnitList> units;              // this machine's, for the diagnostics track
  std::function<bool()> keep_going;
};

// The document has a member for each track whose source answered, and `diagnostics` also when only
// `units` are known: then the track is of this machine. A source that does not answer with 200 and
// what it should answer, in time, leaves its track out, with a note. kTryAgain when `keep_going`
// said stop.
Result<Collected> collect_dcos(const DcosRequest& request, HttpClient& client);

}  // namespace candor
