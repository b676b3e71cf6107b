#include "server/ops/scans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "server/ops/limits.h"
#include "sonar/record.h"

namespace candor {
namespace {

constexpr double kDaySeconds = 86'400;
// Of an agent that does not say itself whether its scan fails.
constexpr double kFailingAfter = 3;

using ScanKey = std::tuple<std::string, std::string, std::string>;  // installation, target, scan

ScanKey key_of(const PromLabels& labels) {
  return {std::string(label_of(labels, "installation")), std::string(label_of(labels, "target")),
          std::string(label_of(labels, "scan"))};
}

std::string matcher_of(std::string_view installation) {
  if (installation.empty()) return "installation!=\"\"";
  return "installation=" + promql_text(installation);
}

struct Scan {
  std::map<std::string, double, std::less<>> values;                    // by metric
  std::map<std::int64_t, std::map<std::string, std::int64_t>> results;  // by day and how it ended

  std::optional<double> value(std::string_view metric) const {
    const auto found = values.find(metric);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  }
};

Json time_of(std::optional<double> seconds) {
  if (!seconds || *seconds <= 0 || *seconds > 1e11) return nullptr;
  return format_rfc3339(from_unix_millis(std::llround(*seconds * 1'000)));
}

Json days_document(const Scan& scan) {
  Json days = Json::array();
  for (const auto& [day, results] : scan.results) {
    Json told{{"day", format_day(day)}};
    std::int64_t all = 0;
    for (const auto* result : {"success", "failure", "timeout"}) {
      const auto found = results.find(result);
      told[result] = found == results.end() ? 0 : found->second;
      all += told[result].get<std::int64_t>();
    }
    if (all > 0) days.push_back(std::move(told));
  }
  return days;
}

Json document_of(const ScanKey& key, const Scan& scan) {
  const auto duration = scan.value("sonar_scan_duration_seconds");
  const auto failures = scan.value("sonar_consecutive_failures").value_or(0);
  const auto success = scan.value("sonar_scan_success");
  const auto fails = scan.value("sonar_scan_failing");
  const bool is_failing = fails ? *fails > 0 : failures >= kFailingAfter;
  return {{"installation", std::get<0>(key)},
          {"target", std::get<1>(key)},
          {"scan", std::get<2>(key)},
          {"standing", !success     ? "unknown"
                       : is_failing ? "failing"
                                    : "up"},
          {"failures_in_a_row", std::llround(std::clamp(failures, 0.0, 1e9))},
          {"ms", duration ? Json(*duration * 1'000) : Json(nullptr)},
          {"last_end", time_of(scan.value("sonar_scan_last_end_timestamp_seconds"))},
          {"last_success", time_of(scan.value("sonar_scan_last_success_timestamp_seconds"))},
          {"days", days_document(scan)},
          {"last", nullptr},
          {"last_failure", nullptr}};
}

// When that run of json_of() was over.
Json end_of(const Json& run) {
  const auto started = parse_rfc3339(run["started"].get_ref<const std::string&>());
  if (!started) return nullptr;
  return time_of(static_cast<double>(to_unix_millis(*started)) / 1'000 +
                 run["ms"].get<double>() / 1'000);
}

Json document_of(const Json& target, const Json& scan) {
  const auto* last = find_member(scan, "last");
  const bool has_run = last != nullptr && last->is_object();
  Json document{{"target", target["target"]},
                {"scan", scan["scan"]},
                {"standing", scan["standing"]},
                {"failures_in_a_row", scan["failures_in_a_row"]},
                {"ms", has_run ? (*last)["ms"] : Json(nullptr)},
                {"last_end", has_run ? end_of(*last) : Json(nullptr)},
                {"last_success", scan["last_success"]},
                {"days", scan["days"]},
                {"last", scan["last"]},
                {"last_failure", scan["last_failure"]}};
  return document;
}

}  // namespace

std::string scans_question(std::string_view installation) {
  return fmt::format(
      "{{__name__=~\"sonar_scan_success|sonar_scan_failing|sonar_consecutive_failures|sonar_scan_"
      "duration_seconds|"
      "sonar_scan_last_end_timestamp_seconds|sonar_scan_last_success_timestamp_seconds\",{}}}",
      matcher_of(installation));
}

std::string runs_question(std::string_view installation, std::int64_t seconds) {
  return fmt::format(
      "sum by (installation, target, scan, result) "
      "(increase(sonar_scan_runs_total{{{},result!=\"skipped\"}}[{}s]))",
      matcher_of(installation), seconds);
}

Json scans_document(const std::vector<PromSeries>& scans, const std::vector<PromSeries>& runs) {
  std::map<ScanKey, Scan> all;
  for (const auto& series : scans)
    all[key_of(series.labels)].values[std::string(label_of(series.labels, "__name__"))] =
        series.points.back().value;
  for (const auto& series : runs) {
    const auto found = all.find(key_of(series.labels));
    if (found == all.end()) continue;
    for (const auto& point : series.points) {
      const auto day = static_cast<std::int64_t>(std::floor((point.at - 1) / kDaySeconds));
      found->second.results[day][std::string(label_of(series.labels, "result"))] +=
          std::llround(std::clamp(point.value, 0.0, 1e9));
    }
  }
  Json document = Json::array();
  for (const auto& [key, scan] : all) {
    if (document.size() == kMaxToldScans) break;
    document.push_back(document_of(key, scan));
  }
  return document;
}

// Read and written anew: what is passed on has the members that results have, and no others.
Result<Json> scans_of_agent(std::string_view answer) {
  CANDOR_ASSIGN(json, parse_foreign_json(answer));
  const auto* targets = find_member(json, "targets");
  if (targets == nullptr || !targets->is_array())
    return Error{ErrorKind::kBadData, "the agent answered with something else"};
  Json document = Json::array();
  for (const auto& one : *targets) {
    CANDOR_ASSIGN(record, target_record_of(one));
    const auto target = json_of(record);
    for (const auto& scan : target["scans"]) {
      if (document.size() == kMaxToldScans) return document;
      document.push_back(document_of(target, scan));
    }
  }
  return document;
}

}  // namespace candor
