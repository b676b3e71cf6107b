// Whether an answer is as it should be, and what is saved of it. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/sonar_config.h"
#include "sonar/cookies.h"
#include "sonar/result.h"
#include "sonar/variables.h"
#include "wire/http_server.h"

namespace candor {

struct ScanAnswer {
  int status = 0;
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::chrono::microseconds took{};
};

// The answer's body, of at most kMaxScanJsonBytes; half a sentence when it is no JSON.
Result<Json> json_in(const ScanAnswer& answer);

// With the values of variables in its texts; kNotFound when one is missing.
Result<SonarExpectation> filled(const SonarExpectation& expectation,
                                const ScanVariables& variables);

// What is not as expected, the first of it; the texts are not redacted.
std::optional<ScanProblem> judge(const SonarExpectation& expectation, const ScanAnswer& answer);

// The value that `from` names (SonarSave); kNotFound with half a sentence when it is not there.
Result<std::string> saved_value(const std::string& from, const ScanAnswer& answer,
                                const CookieJar& cookies);

}  // namespace candor
