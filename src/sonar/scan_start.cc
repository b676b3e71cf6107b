#include "sonar/scan_start.h"

#include <fmt/format.h>

#include <algorithm>

namespace candor {
namespace {

void add_secrets(const SonarPlan& plan, const SonarScan& scan, Redactor& secrets) {
  secrets.add(plan.password);
  secrets.add(plan.client_secret);
  secrets.add(plan.username + ":" + plan.password);
  secrets.add(fmt::format("{}:{}", url_encode(plan.client_id), url_encode(plan.client_secret)));
  for (const auto& step : scan.steps) {
    for (const auto& name : step.secrets) {
      const auto given = plan.variables.find(name);
      if (given != plan.variables.end()) secrets.add(given->second);
    }
  }
}

// A target whose address names the project is the project.
std::string default_project_url(const SonarPlan& plan, const SonarTarget& target,
                                const std::string& url) {
  if (target.url.find("{{") != std::string::npos) return url;
  return fmt::format("{}{}customer={}&project={}", url,
                     url.find('?') == std::string::npos ? '?' : '&', url_encode(plan.customer),
                     url_encode(plan.project));
}

Result<ScanVariables> first_variables(const SonarPlan& plan, const SonarTarget& target,
                                      const std::string& run) {
  ScanVariables variables(plan.variables.begin(), plan.variables.end());
  variables["username"] = plan.username;
  variables["password"] = plan.password;
  variables["customer"] = plan.customer;
  variables["project"] = plan.project;
  variables["platformName"] = target.platform;
  variables["issuer"] = plan.issuer;
  variables["runId"] = run;
  CANDOR_ASSIGN(url, fill_url(target.url, variables));
  url.erase(std::min(url.find('#'), url.size()));
  variables["url"] = url;
  CANDOR_ASSIGN(project, plan.project_url.empty()
                             ? Result<std::string>(default_project_url(plan, target, url))
                             : fill_url(plan.project_url, variables));
  variables["projectUrl"] = std::move(project);
  return variables;
}

void allow(const std::string& address, ScanSession& session) {
  const auto parsed = parse_url(address);
  if (parsed.ok()) session.allow(*parsed);
}

// Where an address goes by the configuration alone: a value that is saved later trusts nobody.
void allow_filled(const std::string& text, const ScanVariables& variables, ScanSession& session) {
  const auto address = fill_url(text, variables);
  if (address.ok()) return allow(*address, session);
  const auto fixed = text.substr(0, text.find("{{"));
  const auto scheme_ends = fixed.find("://");
  if (scheme_ends != std::string::npos && fixed.find('/', scheme_ends + 3) != std::string::npos)
    allow(fixed, session);
}

void allow_step(const SonarStep& step, const ScanVariables& variables, ScanSession& session) {
  allow_filled(step.url, variables, session);
  if (!step.sweep) return;
  auto with_id = variables;
  with_id["id"] = "0";
  allow_filled(step.sweep->remove, with_id, session);
}

}  // namespace

Result<ScanStart> start_scan(const SonarPlan& plan, const SonarScan& scan,
                             const SonarTarget& target, const std::string& run,
                             ScanSession& session) {
  add_secrets(plan, scan, session.secrets());
  CANDOR_ASSIGN(variables, first_variables(plan, target, run));
  auto url = parse_url(variables["url"]);
  if (!url.ok()) return std::move(url).error().in("the target's url");
  session.allow(*url);
  for (const auto& [name, value] : plan.variables) allow(value, session);
  allow(plan.issuer, session);
  for (const auto& step : scan.steps) allow_step(step, variables, session);
  return ScanStart{std::move(variables), *std::move(url)};
}

}  // namespace candor
