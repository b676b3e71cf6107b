// Sonar's scans as the pages of operations show them: of Prometheus, or of the agent that scans.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/ops/prometheus_answers.h"

namespace candor {

// PromQL: how the scans ended last; of one installation, or of all where none is named.
std::string scans_question(std::string_view installation);
// How often they ended how in the last so many seconds.
std::string runs_question(std::string_view installation, std::int64_t seconds);

// A list of scans, of the answers to both; `runs` are points at the ends of days.
Json scans_document(const std::vector<PromSeries>& scans, const std::vector<PromSeries>& runs);

// The same of what an agent answers at /sonar (docs/formats/sonar.md), with the steps of the last
// run and of the last failure. kBadData when it is something else.
Result<Json> scans_of_agent(std::string_view answer);

}  // namespace candor
