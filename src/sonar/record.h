// What is kept of the scans of a target (docs/formats/sonar.md). Values, and their JSON.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "sonar/result.h"

namespace candor {

struct ScanDay {
  std::int64_t day = 0;  // since 1970, UTC
  std::uint64_t success = 0;
  std::uint64_t failure = 0;
  std::uint64_t timeout = 0;
};

enum class ScanStanding { kUnknown, kUp, kFailing };
// "up"
std::string_view name_of(ScanStanding standing);

struct ScanRecord {
  std::string scan{};
  ScanStanding standing = ScanStanding::kUnknown;
  int failures_in_a_row = 0;
  int successes_in_a_row = 0;
  std::optional<ScanResult> last{};
  std::optional<ScanResult> last_failure{};
  std::optional<Instant> last_success{};
  // The newest last, at most kRecordDays; days without a run are absent. Where the clock jumped,
  // some may be older than that, or yet to come: who shows days looks at their dates.
  std::vector<ScanDay> days{};
};

struct TargetRecord {
  std::string target{};
  std::string url{};           // as configured
  std::string login_origin{};  // where the login form was, that was last taken
  std::vector<ScanRecord> scans{};

  // The record of that scan, made if it is not there. Until the next call.
  ScanRecord& scan(const std::string& name);
};

struct ScanThresholds {
  int failures = 3;
  int successes = 2;
};

// Adds a run to it. A first success is up, a first failure is not failing before the threshold.
void add_run(ScanRecord& record, const ScanResult& result, const ScanThresholds& thresholds);

Json json_of(const ScanResult& result);
Json json_of(const TargetRecord& record);
// kBadData when it is not what json_of() writes.
Result<TargetRecord> target_record_of(const Json& json);

// The name of a target's file: no two targets have one.
std::string record_file_of(const std::string& target);

}  // namespace candor
