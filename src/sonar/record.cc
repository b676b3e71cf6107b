#include "sonar/record.h"

#include <algorithm>

#include "sonar/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr int kFormat = 1;
using std::chrono::microseconds;

Json time_of(const std::optional<Instant>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

double ms_of(microseconds time) { return static_cast<double>(time.count()) / 1000; }

Json json_of(const StepResult& step) {
  Json json = {{"name", step.name}, {"run", step.was_run}};
  if (!step.was_run) return json;
  json["ok"] = !step.problem;
  json["ms"] = ms_of(step.duration);
  json["status"] = step.status == 0 ? Json(nullptr) : Json(step.status);
  json["requests"] = step.requests;
  json["phases_ms"] = {{"resolve", ms_of(step.phases.resolve)},
                       {"connect", ms_of(step.phases.connect)},
                       {"tls", ms_of(step.phases.tls)},
                       {"processing", ms_of(step.phases.processing)},
                       {"transfer", ms_of(step.phases.transfer)}};
  json["redirects"] = step.redirects;
  if (step.removed) json["removed"] = *step.removed;
  if (step.problem) {
    json["class"] = name_of(step.problem->failure);
    json["problem"] = step.problem->message;
    json["expected"] = step.problem->expected;
    json["actual"] = step.problem->actual;
  }
  return json;
}

Json json_of(const ScanRecord& record) {
  Json days = Json::array();
  for (const auto& day : record.days) {
    days.push_back({{"day", format_day(day.day)},
                    {"success", day.success},
                    {"failure", day.failure},
                    {"timeout", day.timeout}});
  }
  return {{"scan", record.scan},
          {"standing", name_of(record.standing)},
          {"failures_in_a_row", record.failures_in_a_row},
          {"successes_in_a_row", record.successes_in_a_row},
          {"last_success", time_of(record.last_success)},
          {"last", record.last ? json_of(*record.last) : Json(nullptr)},
          {"last_failure", record.last_failure ? json_of(*record.last_failure) : Json(nullptr)},
          {"days", std::move(days)}};
}

microseconds duration_in(const Json& json, std::string_view key) {
  const auto* found = find_member(json, key);
  const double ms = found != nullptr && found->is_number() ? found->get<double>() : 0;
  return microseconds(static_cast<std::int64_t>(std::clamp(ms, 0.0, 1e9) * 1000));
}

std::optional<Instant> time_in(const Json& json, std::string_view key) {
  return parse_rfc3339(string_member(json, key));
}

StepResult step_of(const Json& json) {
  StepResult step;
  step.name = string_member(json, "name");
  step.was_run = bool_member(json, "run");
  step.duration = duration_in(json, "ms");
  step.status = static_cast<int>(integer_member(json, "status"));
  step.requests = static_cast<int>(integer_member(json, "requests"));
  if (const auto* phases = find_member(json, "phases_ms")) {
    step.phases = {duration_in(*phases, "resolve"), duration_in(*phases, "connect"),
                   duration_in(*phases, "tls"), duration_in(*phases, "processing"),
                   duration_in(*phases, "transfer")};
  }
  if (const auto* redirects = find_member(json, "redirects")) {
    for (const auto& one : *redirects) {
      if (one.is_string()) step.redirects.push_back(one.get<std::string>());
    }
  }
  if (find_member(json, "removed") != nullptr)
    step.removed =
        static_cast<int>(std::min<std::uint64_t>(count_member(json, "removed"), kMaxSweptItems));
  if (const auto failure = scan_failure_named(string_member(json, "class"))) {
    step.problem = ScanProblem{*failure, string_member(json, "problem"),
                               string_member(json, "expected"), string_member(json, "actual")};
  }
  return step;
}

std::optional<ScanResult> result_of(const Json* json) {
  if (json == nullptr || !json->is_object()) return std::nullopt;
  ScanResult result;
  result.scan = string_member(*json, "scan");
  result.target = string_member(*json, "target");
  result.run = string_member(*json, "run");
  result.started = time_in(*json, "started").value_or(Instant());
  result.duration = duration_in(*json, "ms");
  const auto outcome = string_member(*json, "outcome");
  result.outcome = outcome == "success"   ? ScanOutcome::kSuccess
                   : outcome == "timeout" ? ScanOutcome::kTimeout
                                          : ScanOutcome::kFailure;
  result.certificate_expiry = time_in(*json, "certificate_expiry");
  result.token_expiry = time_in(*json, "token_expiry");
  result.left_something = bool_member(*json, "left_something");
  if (const auto* steps = find_member(*json, "steps")) {
    for (const auto& step : *steps) result.steps.push_back(step_of(step));
  }
  return result;
}

ScanStanding standing_of(std::string_view name) {
  if (name == "up") return ScanStanding::kUp;
  return name == "failing" ? ScanStanding::kFailing : ScanStanding::kUnknown;
}

ScanRecord record_of(const Json& json) {
  ScanRecord record;
  record.scan = string_member(json, "scan");
  record.standing = standing_of(string_member(json, "standing"));
  record.failures_in_a_row = static_cast<int>(integer_member(json, "failures_in_a_row"));
  record.successes_in_a_row = static_cast<int>(integer_member(json, "successes_in_a_row"));
  record.last_success = time_in(json, "last_success");
  record.last = result_of(find_member(json, "last"));
  record.last_failure = result_of(find_member(json, "last_failure"));
  const auto* days = find_member(json, "days");
  for (const auto& day : days == nullptr ? Json::array() : *days) {
    const auto at = parse_day(string_member(day, "day"));
    if (at)
      record.days.push_back({day_of(*at), count_member(day, "success"),
                             count_member(day, "failure"), count_member(day, "timeout")});
  }
  return record;
}

std::uint64_t runs_of(const ScanDay& day) { return day.success + day.failure + day.timeout; }

// Nobody knows which of two times is right when a clock jumps. What it says now is believed, and
// days far from it forgotten, as soon as more runs were counted near it than far from it; until
// then each has its place.
void forget_far_days(std::vector<ScanDay>& days, std::int64_t today) {
  const auto is_far = [&](const ScanDay& day) {
    return day.day <= today - kRecordDays || day.day >= today + kRecordDays;
  };
  std::uint64_t near = 0, far = 0;
  for (const auto& day : days) (is_far(day) ? far : near) += runs_of(day);
  if (near > far) std::erase_if(days, is_far);
  if (std::ssize(days) > kRecordDays) days.erase(days.begin(), days.end() - kRecordDays);
}

void count_day(std::vector<ScanDay>& days, const ScanResult& result) {
  const auto today = day_of(result.started);
  auto found = std::ranges::find(days, today, &ScanDay::day);
  if (found == days.end()) {
    // Not at the end where a clock was set back, or a file was edited.
    days.push_back(ScanDay{today});
    std::ranges::sort(days, {}, &ScanDay::day);
    found = std::ranges::find(days, today, &ScanDay::day);
  }
  found->success += result.outcome == ScanOutcome::kSuccess ? 1 : 0;
  found->failure += result.outcome == ScanOutcome::kFailure ? 1 : 0;
  found->timeout += result.outcome == ScanOutcome::kTimeout ? 1 : 0;
  forget_far_days(days, today);
}

}  // namespace

std::string_view name_of(ScanStanding standing) {
  switch (standing) {
    case ScanStanding::kUp:
      return "up";
    case ScanStanding::kFailing:
      return "failing";
    default:
      return "unknown";
  }
}

ScanRecord& TargetRecord::scan(const std::string& name) {
  const auto found = std::ranges::find(scans, name, &ScanRecord::scan);
  if (found != scans.end()) return *found;
  scans.push_back({name});
  return scans.back();
}

void add_run(ScanRecord& record, const ScanResult& result, const ScanThresholds& thresholds) {
  count_day(record.days, result);
  record.last = result;
  if (result.outcome == ScanOutcome::kSuccess) {
    record.last_success = result.started;
    record.failures_in_a_row = 0;
    ++record.successes_in_a_row;
    if (record.standing == ScanStanding::kUnknown ||
        record.successes_in_a_row >= thresholds.successes)
      record.standing = ScanStanding::kUp;
    return;
  }
  record.last_failure = result;
  record.successes_in_a_row = 0;
  ++record.failures_in_a_row;
  if (record.failures_in_a_row >= thresholds.failures) record.standing = ScanStanding::kFailing;
}

Json json_of(const ScanResult& result) {
  Json steps = Json::array();
  for (const auto& step : result.steps) steps.push_back(json_of(step));
  return {{"scan", result.scan},
          {"target", result.target},
          {"run", result.run},
          {"started", format_rfc3339(result.started)},
          {"ms", ms_of(result.duration)},
          {"outcome", name_of(result.outcome)},
          {"certificate_expiry", time_of(result.certificate_expiry)},
          {"token_expiry", time_of(result.token_expiry)},
          {"left_something", result.left_something},
          {"steps", std::move(steps)}};
}

Json json_of(const TargetRecord& record) {
  Json scans = Json::array();
  for (const auto& scan : record.scans) scans.push_back(json_of(scan));
  return {{"format", kFormat},
          {"target", record.target},
          {"url", record.url},
          {"login_origin", record.login_origin},
          {"scans", std::move(scans)}};
}

Result<TargetRecord> target_record_of(const Json& json) {
  if (integer_member(json, "format") != kFormat)
    return Error{ErrorKind::kBadData, "These are no results of Sonar of format 1."};
  TargetRecord record{string_member(json, "target"),
                      string_member(json, "url"),
                      string_member(json, "login_origin"),
                      {}};
  const auto* scans = find_member(json, "scans");
  for (const auto& scan : scans == nullptr ? Json::array() : *scans)
    record.scans.push_back(record_of(scan));
  return record;
}

std::string record_file_of(const std::string& target) {
  auto name = url_encode(target);
  // No hidden file, and no folder.
  if (name.starts_with('.')) name.replace(0, 1, "%2E");
  return name + ".json";
}

}  // namespace candor
