#include "sonar/judging.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <regex.h>

#include <algorithm>

#include "sonar/json_path.h"
#include "sonar/limits.h"

namespace candor {
namespace {

ScanProblem not_as_expected(std::string message, std::string expected, std::string actual) {
  return {ScanFailure::kAssertion, std::move(message), std::move(expected), std::move(actual)};
}

std::optional<ScanProblem> judge_status(const SonarExpectation& expectation,
                                        const ScanAnswer& answer) {
  const auto& wanted = expectation.status;
  const bool as_wanted = wanted.empty() ? answer.status / 100 == 2
                                        : std::ranges::find(wanted, answer.status) != wanted.end();
  if (as_wanted) return std::nullopt;
  return ScanProblem{ScanFailure::kHttpStatus, fmt::format("the answer is {}", answer.status),
                     wanted.empty() ? "200 to 299" : fmt::format("{}", fmt::join(wanted, ", ")),
                     fmt::to_string(answer.status)};
}

std::optional<ScanProblem> judge_json(const SonarExpectation& expectation,
                                      const ScanAnswer& answer) {
  if (expectation.json.empty()) return std::nullopt;
  const auto document = json_in(answer);
  if (!document.ok()) return not_as_expected(document.error().message, "JSON", "");
  for (const auto& [path, expected] : expectation.json) {
    const auto found = at_path(*document, path);
    if (!found.ok()) return not_as_expected(found.error().message, "", "");
    if (*found != nullptr && **found == expected) continue;
    return not_as_expected(fmt::format("{} is not as expected", path), to_line(expected),
                           *found == nullptr ? "nothing" : to_line(**found));
  }
  return std::nullopt;
}

std::optional<ScanProblem> judge_texts(const SonarExpectation& expectation,
                                       const ScanAnswer& answer) {
  for (const auto& text : expectation.body_contains) {
    if (answer.body.find(text) == std::string::npos)
      return not_as_expected("the answer does not contain a text", text, "");
  }
  for (const auto& [name, text] : expectation.headers) {
    const auto value = find_header(answer.headers, name);
    if (value && value->find(text) != std::string::npos) continue;
    return not_as_expected(fmt::format("the header {} is not as expected", name), text,
                           std::string(value.value_or("nothing")));
  }
  return std::nullopt;
}

Result<std::string> searched(const std::string& pattern, const ScanAnswer& answer) {
  regex_t compiled;
  if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED) != 0)
    return Error{ErrorKind::kNotFound, "the regular expression is wrong"};
  const std::string text = answer.body.substr(0, kMaxRegexBytes);
  regmatch_t matches[2] = {};
  const bool found = ::regexec(&compiled, text.c_str(), 2, matches, 0) == 0;
  ::regfree(&compiled);
  if (!found) return Error{ErrorKind::kNotFound, "the regular expression does not match"};
  const auto& match = matches[1].rm_so >= 0 ? matches[1] : matches[0];
  return text.substr(static_cast<std::size_t>(match.rm_so),
                     static_cast<std::size_t>(match.rm_eo - match.rm_so));
}

Result<std::string> named_value(const std::string& from, const ScanAnswer& answer,
                                const CookieJar& cookies) {
  if (from.starts_with("regex:")) return searched(from.substr(6), answer);
  std::optional<std::string> value;
  if (from.starts_with("header:")) value = find_header(answer.headers, from.substr(7));
  if (from.starts_with("cookie:")) value = cookies.value_of(from.substr(7));
  if (value) return *value;
  if (!from.starts_with('$')) return Error{ErrorKind::kNotFound, fmt::format("no {} came", from)};
  CANDOR_ASSIGN(document, json_in(answer));
  CANDOR_ASSIGN(found, at_path(document, from));
  if (found == nullptr)
    return Error{ErrorKind::kNotFound, fmt::format("there is no {} in the answer", from)};
  return found->is_string() ? found->get<std::string>() : to_line(*found);
}

}  // namespace

// A small document may take much memory as values.
Result<Json> json_in(const ScanAnswer& answer) {
  if (answer.body.size() > kMaxScanJsonBytes) {
    return Error{ErrorKind::kBadData, fmt::format("the answer has {} bytes, and JSON is read to {}",
                                                  answer.body.size(), kMaxScanJsonBytes)};
  }
  auto json = parse_foreign_json(answer.body);
  if (json.ok()) return json;
  return Error{ErrorKind::kBadData, "the answer is no JSON"};
}

Result<SonarExpectation> filled(const SonarExpectation& expectation,
                                const ScanVariables& variables) {
  auto result = expectation;
  for (auto& [path, value] : result.json) {
    CANDOR_ASSIGN(text, fill_json(value, variables));
    value = std::move(text);
  }
  for (auto& text : result.body_contains) {
    CANDOR_ASSIGN(value, fill(text, variables));
    text = std::move(value);
  }
  for (auto& [name, text] : result.headers) {
    CANDOR_ASSIGN(value, fill(text, variables));
    text = std::move(value);
  }
  return result;
}

std::optional<ScanProblem> judge(const SonarExpectation& expectation, const ScanAnswer& answer) {
  if (auto problem = judge_status(expectation, answer)) return problem;
  if (auto problem = judge_json(expectation, answer)) return problem;
  if (auto problem = judge_texts(expectation, answer)) return problem;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(answer.took).count();
  if (!expectation.max_ms || ms <= *expectation.max_ms) return std::nullopt;
  return not_as_expected("the answer took too long",
                         fmt::format("at most {} ms", *expectation.max_ms),
                         fmt::format("{} ms", ms));
}

Result<std::string> saved_value(const std::string& from, const ScanAnswer& answer,
                                const CookieJar& cookies) {
  CANDOR_ASSIGN(value, named_value(from, answer, cookies));
  if (value.size() <= kMaxSavedBytes) return value;
  return Error{ErrorKind::kNotFound,
               fmt::format("{} is larger than {} bytes", from, kMaxSavedBytes)};
}

}  // namespace candor
