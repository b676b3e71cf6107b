#include "config/sonar_config.h"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>
#include <array>

#include "config/limits.h"
#include "config/settings.h"

namespace candor {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kMethods = {
    {{"get", "GET"},
     {"post", "POST"},
     {"put", "PUT"},
     {"patch", "PATCH"},
     {"delete", "DELETE"},
     {"head", "HEAD"}}};

std::string name_in(TomlTable& table, std::string_view key) {
  auto name = table.required_text(key);
  const bool printable = std::ranges::all_of(
      name, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; });
  if (name.size() > kMaxSonarNameBytes || !printable) {
    table.reject(key, fmt::format("{} is a name of at most {} bytes, without control characters.",
                                  key, kMaxSonarNameBytes));
  }
  return name;
}

std::vector<std::pair<std::string, std::string>> pairs_in(TomlTable& table, std::string_view key) {
  std::vector<std::pair<std::string, std::string>> pairs;
  auto inner = table.table(key);
  for (const auto& name : inner.keys()) pairs.emplace_back(name, inner.text(name));
  return pairs;
}

bool is_status(const Json& value) {
  return value.is_number_integer() && value.get<std::int64_t>() >= 100 &&
         value.get<std::int64_t>() <= 599;
}

std::vector<int> statuses_in(TomlTable& table) {
  std::vector<int> statuses;
  auto value = table.value("status");
  if (value.is_null()) return statuses;
  if (!value.is_array()) value = Json::array({value});
  for (const auto& one : value) {
    if (!is_status(one))
      table.reject("status", "status is a number from 100 to 599, or a list of them.");
    else
      statuses.push_back(one.get<int>());
  }
  return statuses;
}

SonarExpectation expectation_in(TomlTable table) {
  SonarExpectation expect;
  expect.status = statuses_in(table);
  auto json = table.table("json");
  for (const auto& path : json.keys()) {
    if (!path.starts_with('$')) json.reject(path, "a path into the answer begins with $.");
    expect.json.emplace_back(path, json.value(path));
  }
  expect.body_contains = table.texts("bodyContains");
  expect.headers = pairs_in(table, "header");
  expect.max_ms = table.integer("maxMs");
  if (expect.max_ms && *expect.max_ms < 1)
    table.reject("maxMs", "maxMs is a number of milliseconds from 1 on.");
  return expect;
}

void read_request(TomlTable& table, SonarStep& step) {
  int kinds = 0;
  for (const auto& [key, method] : kMethods) {
    const auto url = table.text(key);
    if (url.empty()) continue;
    step.method = method;
    step.url = url;
    ++kinds;
  }
  kinds += table.boolean("oidc", false) ? 1 : 0;
  if (kinds != 1) {
    table.reject("", fmt::format("step \"{}\" needs one of get, post, put, patch, delete, head (an "
                                 "address) or oidc = true.",
                                 step.name));
  }
  step.headers = pairs_in(table, "headers");
  step.form = pairs_in(table, "form");
  step.json = table.value("json");
  step.bearer = table.text("bearer");
  if (!step.form.empty() && !step.json.is_null())
    table.reject("form", "a step sends json or form, and not both.");
  if (step.signs_in() &&
      (!step.headers.empty() || !step.form.empty() || !step.json.is_null() || !step.bearer.empty()))
    table.reject("oidc", "a step with oidc = true makes its requests itself.");
}

// References back make a search take for ever.
bool is_regex(const std::string& pattern) {
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    if (pattern[i + 1] >= '1' && pattern[i + 1] <= '9') return false;
    ++i;
  }
  regex_t compiled;
  if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED) != 0) return false;
  ::regfree(&compiled);
  return true;
}

void read_saves(TomlTable& table, SonarStep& step) {
  auto saves = table.table("save");
  for (const auto& name : saves.keys()) {
    const auto from = saves.text(name);
    const bool known = from.starts_with('$') || from.starts_with("header:") ||
                       from.starts_with("cookie:") || from.starts_with("regex:");
    if (!known) {
      saves.reject(name,
                   "what is saved is a path such as $.id, or header:NAME, cookie:NAME or "
                   "regex:PATTERN.");
    }
    if (from.starts_with("regex:") && !is_regex(from.substr(6)))
      saves.reject(name, "this is no extended regular expression (POSIX), or it refers back.");
    step.saves.push_back({name, from});
  }
  step.secrets = table.texts("secret");
}

// The host of an address must be over before an id of an answer stands in it.
bool has_id_behind_host(std::string_view address) {
  const auto id = address.find("{{id}}");
  const auto scheme = address.find("://");
  const auto host = scheme == std::string_view::npos ? 0 : scheme + 3;
  return id != std::string_view::npos && address.find_first_of("/?", host) < id;
}

SonarSweep sweep_in(TomlTable table) {
  SonarSweep sweep;
  for (auto [key, into] : {std::pair("items", &sweep.items), std::pair("name", &sweep.name),
                           std::pair("created", &sweep.created), std::pair("id", &sweep.id)}) {
    *into = key == std::string_view("id") ? table.text(key, sweep.id) : table.required_text(key);
    if (!into->starts_with('$'))
      table.reject(key, fmt::format("{} is a path such as $.{}.", key, key));
  }
  sweep.prefix = table.required_text("prefix");
  if (sweep.prefix.size() < kMinSonarPrefixBytes || sweep.prefix.find("{{") != std::string::npos ||
      sweep.prefix.find_first_not_of(' ') == std::string::npos) {
    table.reject(
        "prefix",
        fmt::format("prefix is how names begin that Sonar gives, at least {} bytes without "
                    "a variable: anything else may be somebody's own.",
                    kMinSonarPrefixBytes));
  }
  sweep.older_than = table.integer("olderThan").value_or(sweep.older_than);
  if (sweep.older_than < 1 || sweep.older_than > kMaxSonarSweepAge) {
    table.reject("olderThan",
                 fmt::format("olderThan is a number of seconds, 1 to {}.", kMaxSonarSweepAge));
  }
  sweep.remove = table.required_text("delete");
  if (!has_id_behind_host(sweep.remove)) {
    table.reject("delete",
                 "delete is the address of one item, with {{id}} behind its host: "
                 "{{api}}/tenants/{{id}}.");
  }
  return sweep;
}

SonarStep step_in(TomlTable table) {
  SonarStep step;
  step.name = name_in(table, "name");
  read_request(table, step);
  read_saves(table, step);
  step.expect = expectation_in(table.table("expect"));
  const bool polls = table.has("until");
  auto until = expectation_in(table.table("until"));
  if (polls) step.until = std::move(until);
  for (auto [key, into] : {std::pair("every", &step.every), std::pair("for", &step.patience)}) {
    if (!polls && table.has(key))
      table.reject(key, fmt::format("{} goes with until = {{…}}.", key));
    *into = table.integer(key).value_or(*into);
    if (*into < 1 || *into > kMaxSonarTimeout)
      table.reject(key, fmt::format("{} is a number of seconds, 1 to {}.", key, kMaxSonarTimeout));
  }
  if (polls && step.signs_in()) table.reject("until", "a step with oidc = true is done once.");
  step.always = table.boolean("always", false);
  auto sweep = table.table("sweep");
  if (!table.has("sweep")) return step;
  step.sweep = sweep_in(sweep);
  if (step.method != "GET" || polls || !step.form.empty() || !step.json.is_null())
    table.reject("sweep", "sweep goes with get, and with no until, form or json.");
  return step;
}

SonarScan scan_in(TomlTable& table) {
  SonarScan scan;
  scan.name = name_in(table, "name");
  auto steps = table.tables("steps");
  if (steps.empty()) table.reject("steps", "a scan needs steps = [{name = \"…\", get = \"…\"}].");
  if (steps.size() > kMaxSonarSteps) {
    table.reject("steps", fmt::format("a scan has at most {} steps.", kMaxSonarSteps));
    return scan;
  }
  for (auto& one : steps) {
    auto step = step_in(one);
    if (std::ranges::find(scan.steps, step.name, &SonarStep::name) != scan.steps.end())
      one.reject("name", fmt::format("step \"{}\" is named twice.", step.name));
    scan.steps.push_back(std::move(step));
  }
  return scan;
}

void read_targets(TomlTable& sonar, SonarConfig& config) {
  for (auto& table : sonar.tables("targets")) {
    SonarTarget target{name_in(table, "platformName"), table.required_text("url")};
    if (!target.url.empty() && !target.url.starts_with("https://") &&
        !target.url.starts_with("http://"))
      table.reject("url", "url is an address: https://panel.example.com/access.");
    if (has_password(target.url))
      table.reject("url", "url holds a password; sign in with username and password_file.");
    if (std::ranges::find(config.targets, target.platform, &SonarTarget::platform) !=
        config.targets.end())
      table.reject("platformName",
                   fmt::format("the platform \"{}\" is named twice.", target.platform));
    config.targets.push_back(std::move(target));
  }
  if (config.targets.size() > kMaxSonarTargets)
    sonar.reject("targets", fmt::format("there are at most {} targets.", kMaxSonarTargets));
}

void read_scans(TomlTable& sonar, SonarConfig& config) {
  for (auto& table : sonar.tables("scans")) {
    auto scan = scan_in(table);
    if (std::ranges::find(config.scans, scan.name, &SonarScan::name) != config.scans.end())
      table.reject("name", fmt::format("scan \"{}\" is named twice.", scan.name));
    config.scans.push_back(std::move(scan));
  }
  if (config.scans.size() > kMaxSonarScans)
    sonar.reject("scans", fmt::format("there are at most {} scans.", kMaxSonarScans));
}

}  // namespace

void read_sonar(TomlTable& sonar, const std::string& name, SonarConfig& config) {
  // Absent, it is only to be known.
  SonarConfig read;
  if (name == "targets") {
    read_targets(sonar, read);
    if (sonar.has(name)) config.targets = std::move(read.targets);
  } else if (name == "scans") {
    read_scans(sonar, read);
    if (sonar.has(name)) config.scans = std::move(read.scans);
  } else {
    for (auto& [key, value] : pairs_in(sonar, name)) read.variables.insert_or_assign(key, value);
    if (sonar.has(name)) config.variables = std::move(read.variables);
  }
}

}  // namespace candor
