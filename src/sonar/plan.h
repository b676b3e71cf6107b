// What Sonar does, of the configuration: checked, with the secrets in it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "config/sonar_config.h"

namespace candor {

enum class SonarGrant { kForm, kPassword, kClientCredentials };

struct SonarPlan {
  std::string username{};
  std::string password{};
  std::string customer{};
  std::string project{};
  std::string project_url{};  // may hold variables; empty: made of the target's
  std::string ca_file{};
  std::string issuer{};  // without a slash at its end; empty: none
  std::string client_id{};
  std::string client_secret{};
  SonarGrant grant = SonarGrant::kForm;
  std::chrono::seconds interval{60};
  std::chrono::seconds timeout{30};
  int failure_threshold = 3;
  int success_threshold = 2;
  std::map<std::string, std::string> variables{};
  std::vector<SonarTarget> targets{};
  std::vector<SonarScan> scans{};  // at least one
  bool operator==(const SonarPlan&) const = default;
};

// The scan of those who configured none: opens the target's address, signs in, opens the project.
inline constexpr std::string_view kAccessScan = "access";

// Nothing when no target is configured. kConfiguration when something is missing.
Result<std::optional<SonarPlan>> sonar_plan(const Settings& settings);

// That the password stands in a file that everybody can read, and what to do; empty when it does
// not.
std::string readable_password(const Settings& settings);

}  // namespace candor
