// The three tracks of DC/OS's signal service, made of what its sources answer. Pure.
//
// A track is {"properties": {…}, "anonymousId": …, "event": …}, its properties in the order of the
// alphabet: what the signal service prints with -test.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/collect/dcos_config.h"
#include "agent/collect/units.h"
#include "base/json.h"
#include "base/result.h"

namespace candor {

using TrackProperties = std::map<std::string, Json, std::less<>>;

// Adds what every track says: clusterId, customerKey, environmentVersion, provider, source,
// variant, and licenseId and platform where they are known.
Json make_track(std::string_view event, TrackProperties properties, const DcosFacts& facts,
                std::string_view source = "cluster");

// What is the track's own, of the whole answer; kBadData when that is something else. Nothing of a
// node or of an output is repeated.
Result<TrackProperties> cosmos_properties(const Json& answer);
Result<TrackProperties> mesos_properties(const Json& answer);  // frameworks and metrics in one
Result<TrackProperties> diagnostics_properties(const Json& answer);

// health-unit-NAME-total and -unhealthy of this machine's units of DC/OS. Other units only count in
// the totals: their names may name anything.
TrackProperties unit_properties(const UnitList& units);
// services_running, services_active, tasks_running.
TrackProperties unit_totals(const UnitList& units);

}  // namespace candor
