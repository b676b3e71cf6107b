// What Sonar scans, and how: the tables of [monitor.sonar] (docs/formats/sonar.md). Values only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/toml.h"

namespace candor {

struct SonarTarget {
  std::string platform;  // unique among targets
  std::string url;       // may hold {{customer}} and {{project}}
  bool operator==(const SonarTarget&) const = default;
};

// What an answer must be. Empty: any of 200 to 299.
struct SonarExpectation {
  std::vector<int> status{};
  std::vector<std::pair<std::string, Json>> json{};  // a path into the answer, and what is there
  std::vector<std::string> body_contains{};
  std::vector<std::pair<std::string, std::string>> headers{};  // name, and a text in its value
  std::optional<std::int64_t> max_ms{};
  bool operator==(const SonarExpectation&) const = default;
};

struct SonarSave {
  std::string name;  // of the variable
  std::string from;  // "$.id", "header:NAME", "cookie:NAME", "regex:PATTERN"
  bool operator==(const SonarSave&) const = default;
};

// What older runs left: found in a list, and removed. Paths but `items` are into an item of it.
struct SonarSweep {
  std::string items{};             // where the list is in the answer
  std::string name{};              // of an item
  std::string prefix{};            // of the names that are removed
  std::string created{};           // when an item was made
  std::int64_t older_than = 3600;  // seconds
  std::string id = "$.id";
  std::string remove{};  // the address that is deleted; holds {{id}}
  bool operator==(const SonarSweep&) const = default;
};

// Texts may hold {{variables}}.
struct SonarStep {
  std::string name{};
  std::string method{};  // "GET"; empty: signs in as the identity provider's grant says
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  Json json = nullptr;  // the body; null: none
  std::vector<std::pair<std::string, std::string>> form{};
  std::string bearer{};
  std::vector<SonarSave> saves{};
  std::vector<std::string> secrets{};  // variables whose values are never told
  SonarExpectation expect{};
  std::optional<SonarExpectation> until{};  // asked again and again until this holds
  std::int64_t every = 1;                   // seconds between
  std::int64_t patience = 20;               // seconds in all
  bool always = false;                      // also after a failure, and after the scan's time
  std::optional<SonarSweep> sweep{};        // removes what older runs left

  bool signs_in() const { return method.empty(); }
  bool operator==(const SonarStep&) const = default;
};

struct SonarScan {
  std::string name;
  std::vector<SonarStep> steps;
  bool operator==(const SonarScan&) const = default;
};

struct SonarConfig {
  std::vector<SonarTarget> targets;
  std::vector<SonarScan> scans;  // empty: the one that every target has
  std::map<std::string, std::string> variables;
  bool operator==(const SonarConfig&) const = default;
};

// Reads the key `name` of the table [monitor.sonar]: targets, scans or variables. What is there
// replaces what `config` had of it; what is wrong is remembered by the table.
void read_sonar(TomlTable& sonar, const std::string& name, SonarConfig& config);

}  // namespace candor
