#include "server/ops/ops_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/limits.h"
#include "server/ops/limits.h"
#include "server/ops/pack.h"
#include "wire/byte_stream.h"

namespace candor {
namespace {

constexpr std::string_view kLinks = "links.tmpl", kNoLinks = "no_links.tmpl";

// Prometheus and Alertmanager would only say so when they need it.
Status check_readable(const Path& file, std::string_view key) {
  if (file.empty()) return Ok{};
  const auto text = read_file(file, kMaxConfigBytes);
  if (text.ok()) return Ok{};
  return Error{ErrorKind::kConfiguration, fmt::format("{}: {}", key, text.error().message)};
}

// promtool takes any file, and Prometheus then leaves the target out.
Status check_certificates(const Path& file, const std::string& key) {
  if (file.empty()) return Ok{};
  const auto trust = load_trust(file);
  return trust.ok() ? Status(Ok{}) : Status(Error(trust.error()).in(key + ", ca_file"));
}

Status check_named_files(const OpsConfig& ops, const MonitorConfig& monitor) {
  for (const auto& target : ops.scrape) {
    const auto key = fmt::format("ops.scrape \"{}\"", target.name);
    CANDOR_TRY(check_readable(target.password_file, key + ", password_file"));
    CANDOR_TRY(check_certificates(target.ca_file, key));
  }
  return check_certificates(monitor.smtp.ca_file, "monitor.smtp");
}

// A copy: Alertmanager 0.25 takes the end of the line for a part of the password, and with a set
// that is not used its password is not used either.
Status add_mail_password(const Path& file, std::vector<OpsFile>& files) {
  if (file.empty()) return Ok{};
  auto password = read_file(file, kMaxSecretBytes);
  if (!password.ok()) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("monitor.smtp.password_file: {}", password.error().message)};
  }
  password->resize(std::min(password->find_first_of("\r\n"), password->size()));
  files.push_back({std::string(kMailPasswordFile), *std::move(password)});
  return Ok{};
}

Status add_own_rules(const Path& folder, std::vector<OpsFile>& files) {
  if (folder.empty()) return Ok{};
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed)) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("ops.rules_folder: {} is no folder", folder.string())};
  }
  CANDOR_ASSIGN(names, list_files(folder));
  std::size_t count = 0;
  for (const auto& name : names) {
    if (!name.ends_with(".yml") && !name.ends_with(".yaml")) continue;
    if (++count > kMaxOwnRuleFiles) {
      return Error{ErrorKind::kConfiguration,
                   fmt::format("ops.rules_folder: {} has more than {} files of rules",
                               folder.string(), kMaxOwnRuleFiles)};
    }
    CANDOR_ASSIGN(text, read_file(folder / name, kMaxOwnRuleBytes));
    // Behind ours, and never in place of one.
    const auto* end = name.ends_with(".yml") ? "" : ".yml";
    files.push_back({fmt::format("rules/own-{}{}", name, end), std::move(text)});
  }
  return Ok{};
}

}  // namespace

Result<std::vector<OpsFile>> ops_files(const OpsConfig& ops, const MonitorConfig& monitor,
                                       const OpsSurroundings& surroundings) {
  CANDOR_TRY(check_named_files(ops, monitor));
  std::vector<OpsFile> files;
  CANDOR_TRY(add_mail_password(monitor.smtp.password_file, files));
  auto told = monitor;
  if (!files.empty()) told.smtp.password_file = surroundings.current / kMailPasswordFile;
  files.push_back({"prometheus.yml", prometheus_file(ops, surroundings)});
  files.push_back({"alertmanager.yml", alertmanager_file(ops, told)});
  for (const auto& rules : rule_pack())
    files.push_back({fmt::format("rules/{}", rules.name), std::string(rules.text)});
  const auto left_out = ops.external_url.empty() ? kLinks : kNoLinks;
  for (const auto& part : mail_templates()) {
    if (part.name == left_out) continue;
    files.push_back({fmt::format("templates/{}", part.name), std::string(part.text)});
  }
  CANDOR_TRY(add_own_rules(ops.rules_folder, files));
  return files;
}

}  // namespace candor
