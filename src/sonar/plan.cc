#include "sonar/plan.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "sonar/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kRoom = "monitor.sonar.";

std::string text_of(const Settings& settings, std::string_view name) {
  return settings.text(fmt::format("{}{}", kRoom, name));
}

std::int64_t number_of(const Settings& settings, std::string_view name) {
  return settings.integer(fmt::format("{}{}", kRoom, name));
}

SonarGrant grant_of(std::string_view name) {
  if (name == "password") return SonarGrant::kPassword;
  return name == "client_credentials" ? SonarGrant::kClientCredentials : SonarGrant::kForm;
}

Error missing(std::string_view key, std::string_view why) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}{} is missing: {}. Write it into [monitor.sonar] of candor.toml; "
                           "`candor config explain {}{}` says more.",
                           kRoom, key, why, kRoom, key)};
}

SonarScan access_scan(SonarGrant grant) {
  SonarStep open;
  open.name = "open";
  open.method = "GET";
  open.url = "{{url}}";
  SonarStep login;
  login.name = "login";
  SonarStep project;
  project.name = "project";
  project.method = "GET";
  project.url = "{{projectUrl}}";
  if (grant != SonarGrant::kForm) {
    login.saves = {{"token", "$.access_token"}};
    login.secrets = {"token"};
    project.bearer = "{{token}}";
  }
  return {std::string(kAccessScan), {open, login, project}};
}

// What a scan still works with must not be taken for a leftover.
Status check_sweeps(const SonarPlan& plan) {
  const auto least = plan.timeout + kCleanUpTime;
  for (const auto& scan : plan.scans) {
    for (const auto& step : scan.steps) {
      if (!step.sweep || step.sweep->older_than >= least.count()) continue;
      return Error{ErrorKind::kConfiguration,
                   fmt::format("Step \"{}\" of scan \"{}\" removes what is older than {} s, and a "
                               "scan may work with it for {} s (timeout, and {} s of cleaning up). "
                               "Set olderThan = {} or more.",
                               step.name, scan.name, step.sweep->older_than, least.count(),
                               kCleanUpTime.count(), least.count())};
    }
  }
  return Ok{};
}

Status check(const SonarPlan& plan, bool has_scans) {
  const auto signs_in = [](const SonarScan& scan) {
    return std::ranges::any_of(scan.steps, &SonarStep::signs_in);
  };
  const bool any = std::ranges::any_of(plan.scans, signs_in);
  if (any && plan.grant != SonarGrant::kClientCredentials) {
    if (plan.username.empty()) return missing("username", "Sonar signs in as a technical user");
    if (plan.password.empty()) return missing("password_file", "the user signs in with a password");
    if (plan.password.size() < kMinSecretBytes) {
      return Error{ErrorKind::kConfiguration,
                   fmt::format("The password of {} has less than {} bytes, and could not be told "
                               "from other text where it must not stand. Give the user a longer "
                               "one.",
                               plan.username, kMinSecretBytes)};
    }
  }
  if (any && plan.grant != SonarGrant::kForm) {
    if (plan.issuer.empty())
      return missing("identityProvider.issuer", "a token is asked for there");
    if (plan.client_id.empty())
      return missing("identityProvider.clientId", "a token is asked for as a client");
  }
  if (!has_scans && plan.customer.empty())
    return missing("customer", "Sonar opens a project of a customer");
  if (!has_scans && plan.project.empty()) return missing("project", "Sonar opens a project");
  if (!plan.issuer.empty()) {
    auto issuer = parse_url(plan.issuer);
    if (!issuer.ok()) return std::move(issuer).error().in("monitor.sonar.identityProvider.issuer");
    if (issuer->scheme != "https" && !issuer->is_loopback()) {
      return Error{ErrorKind::kConfiguration,
                   "monitor.sonar.identityProvider.issuer gets passwords, so it is https."};
    }
  }
  return Ok{};
}

}  // namespace

Result<std::optional<SonarPlan>> sonar_plan(const Settings& settings) {
  const auto& config = settings.sonar();
  if (config.targets.empty()) return std::optional<SonarPlan>();
  SonarPlan plan;
  plan.username = text_of(settings, "username");
  plan.password = text_of(settings, "password");
  if (plan.password.empty()) {
    CANDOR_ASSIGN(password, secret_of(settings, "monitor.sonar.password_file"));
    plan.password = std::move(password);
  }
  plan.customer = text_of(settings, "customer");
  plan.project = text_of(settings, "project");
  plan.project_url = text_of(settings, "projectUrl");
  plan.ca_file = text_of(settings, "ca_file");
  plan.issuer = text_of(settings, "identityProvider.issuer");
  while (plan.issuer.ends_with('/')) plan.issuer.pop_back();
  plan.client_id = text_of(settings, "identityProvider.clientId");
  CANDOR_ASSIGN(secret, secret_of(settings, "monitor.sonar.identityProvider.clientSecret_file"));
  plan.client_secret = std::move(secret);
  plan.grant = grant_of(text_of(settings, "identityProvider.grant"));
  plan.interval = std::chrono::seconds(number_of(settings, "scanInterval"));
  plan.timeout = std::chrono::seconds(number_of(settings, "timeout"));
  plan.failure_threshold = static_cast<int>(number_of(settings, "failureThreshold"));
  plan.success_threshold = static_cast<int>(number_of(settings, "successThreshold"));
  plan.variables = config.variables;
  plan.targets = config.targets;
  plan.scans = config.scans;
  if (plan.scans.empty()) plan.scans = {access_scan(plan.grant)};
  CANDOR_TRY(check(plan, !config.scans.empty()));
  CANDOR_TRY(check_sweeps(plan));
  return std::optional(std::move(plan));
}

std::string readable_password(const Settings& settings) {
  const auto& password = settings.setting("monitor.sonar.password");
  const auto& named = settings.setting("monitor.sonar.password_file");
  if (password.is_default && named.is_default) return "";
  // An origin is FILE:LINE.
  const auto file = password.is_default ? settings.text("monitor.sonar.password_file")
                                        : password.origin.substr(0, password.origin.rfind(':'));
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 || (found.st_mode & S_IROTH) == 0) return "";
  return fmt::format("The password of {} stands in {}, which everybody can read. {}",
                     settings.text("monitor.sonar.username"), file,
                     password.is_default
                         ? fmt::format("Take that from others: chmod o-r {}", file)
                         : "Put it alone into a file that only the agent can read, and name that "
                           "with monitor.sonar.password_file.");
}

}  // namespace candor
