// What came of a scan. Values; nothing here holds a body, a password or a token.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "wire/probe_client.h"

namespace candor {

enum class ScanFailure {
  kDns,
  kConnect,
  kTls,
  kTimeout,
  kHttpStatus,  // an answer of another status, or one that leads where no scan goes
  kAssertion,   // an answer that is not as it should be
  kAuth,        // no login, or none that may be made
  kVariable,    // a value is missing
  kCleanup,     // of a step with `always` or `sweep`
  kInternal
};

// "http_status"
std::string_view name_of(ScanFailure failure);
std::optional<ScanFailure> scan_failure_named(std::string_view name);

// Sentences and texts are redacted.
struct ScanProblem {
  ScanFailure failure = ScanFailure::kInternal;
  std::string message{};   // what happened and where
  std::string expected{};  // empty: nothing to compare
  std::string actual{};
  bool operator==(const ScanProblem&) const = default;
};

struct StepResult {
  std::string name{};
  bool was_run = false;  // false: an earlier step failed
  std::chrono::microseconds duration{};
  ProbePhases phases{};  // of all its requests together
  int status = 0;        // of the last answer; 0: none came
  int requests = 0;
  std::vector<std::string> redirects{};  // where it was led, without queries
  std::optional<ScanProblem> problem{};
  std::optional<int> removed{};  // leftovers of older runs, by a step with `sweep`
};

enum class ScanOutcome { kSuccess, kFailure, kTimeout };
// "success"
std::string_view name_of(ScanOutcome outcome);

struct ScanResult {
  std::string scan{};
  std::string target{};
  std::string run{};  // its id, {{runId}}
  Instant started{};
  std::chrono::microseconds duration{};
  ScanOutcome outcome = ScanOutcome::kSuccess;
  std::vector<StepResult> steps{};
  std::optional<Instant> certificate_expiry{};  // the earliest of all its requests
  std::optional<Instant> token_expiry{};
  bool left_something = false;  // a clean-up failed
  std::string login_origin{};   // where the login form was, of a login that was taken

  // The step that failed first; nullptr where none did.
  const StepResult* failed() const {
    for (const auto& step : steps) {
      if (step.problem) return &step;
    }
    return nullptr;
  }
};

// No longer than kMaxShownBytes, and whole characters.
std::string cut_to_show(std::string_view text);

}  // namespace candor
