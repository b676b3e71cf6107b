#include <fmt/format.h>

#include "server/ops/limits.h"
#include "server/ops/ops_files.h"
#include "server/ops/test_mail.h"
#include "server/ops/yaml_text.h"

namespace candor {
namespace {

constexpr std::string_view kHeading =
    "# Written by candor server from its configuration, which is the one to change.\n";

void global(YAML::Emitter& yaml, const SmtpConfig& smtp) {
  yaml << YAML::Key << "global" << YAML::Value << YAML::BeginMap;
  if (!smtp.host.empty()) {
    yaml_text(yaml, "smtp_smarthost", smtp.host);
    yaml_text(yaml, "smtp_from", smtp.from);
    yaml_if_told(yaml, "smtp_hello", smtp.hello);
    yaml_if_told(yaml, "smtp_auth_username", smtp.username);
    yaml_if_told(yaml, "smtp_auth_password_file", smtp.password_file.string());
    yaml << YAML::Key << "smtp_require_tls" << YAML::Value << smtp.require_tls;
  }
  yaml_seconds(yaml, "resolve_timeout", std::chrono::seconds(300));
  yaml << YAML::EndMap;
}

// The receiver that mails this inbox alone.
std::string test_receiver(const std::string& address) { return "test " + address; }

void test_route(YAML::Emitter& yaml, const std::string& address) {
  yaml << YAML::BeginMap;
  yaml_texts(
      yaml, "matchers",
      {fmt::format("alertname=\"{}\"", kTestAlert), fmt::format("{}=\"{}\"", kTestLabel, address)});
  yaml_text(yaml, "receiver", test_receiver(address));
  yaml_texts(yaml, "group_by", {"..."});
  yaml_seconds(yaml, "group_wait", std::chrono::seconds(1));
  yaml << YAML::EndMap;
}

void route(YAML::Emitter& yaml, const OpsConfig& ops, const std::vector<std::string>& inboxes) {
  yaml << YAML::Key << "route" << YAML::Value << YAML::BeginMap;
  yaml_text(yaml, "receiver", "inboxes");
  yaml_texts(yaml, "group_by", {"alertname", "installation"});
  yaml_seconds(yaml, "group_wait", ops.group_wait);
  yaml_seconds(yaml, "group_interval", ops.group_interval);
  yaml_seconds(yaml, "repeat_interval", ops.repeat_interval);
  yaml << YAML::Key << "routes" << YAML::Value << YAML::BeginSeq;
  for (const auto& address : inboxes) test_route(yaml, address);
  yaml << YAML::BeginMap;
  yaml_texts(yaml, "matchers", {"severity=\"none\""});
  yaml_text(yaml, "receiver", "nobody");
  yaml << YAML::EndMap << YAML::BeginMap;
  yaml_texts(yaml, "matchers", {"severity=\"info\""});
  yaml_text(yaml, "receiver", "inboxes");
  // One digest of all, once a day.
  yaml_texts(yaml, "group_by", {"severity"});
  yaml_seconds(yaml, "group_wait", std::min(kDigestWait, ops.digest_interval));
  yaml_seconds(yaml, "group_interval", ops.digest_interval);
  yaml_seconds(yaml, "repeat_interval", ops.digest_interval);
  yaml << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
}

void inhibition(YAML::Emitter& yaml, const std::vector<std::string>& source,
                const std::vector<std::string>& target, const std::vector<std::string>& equal) {
  yaml << YAML::BeginMap;
  yaml_texts(yaml, "source_matchers", source);
  yaml_texts(yaml, "target_matchers", target);
  yaml_texts(yaml, "equal", equal);
  yaml << YAML::EndMap;
}

void inhibitions(YAML::Emitter& yaml) {
  yaml << YAML::Key << "inhibit_rules" << YAML::Value << YAML::BeginSeq;
  // Of a service behind an agent: the others there are well.
  inhibition(yaml, {"alertname=\"TargetDown\""}, {"alertname!=\"TargetDown\""},
             {"installation", "instance", "job"});
  // What tells several things of one instance apart is in it: a full disk mutes no other disk.
  inhibition(
      yaml, {"severity=\"critical\""}, {"severity=\"warning\""},
      {"alertname", "installation", "instance", "job", "device", "mountpoint", "proxy", "product"});
  // What comes behind a login fails with it.
  const std::string failing = "alertname=\"SonarScanFailing\"";
  inhibition(yaml, {failing, "step=\"login\""}, {failing, "step!=\"login\""},
             {"installation", "target"});
  yaml << YAML::EndSeq;
}

// The domain that ids of mails end with.
std::string domain_of(const std::string& address) { return address.substr(address.find('@') + 1); }

enum class Resolved { kMailed, kNotMailed };

void inbox(YAML::Emitter& yaml, const std::string& address, const SmtpConfig& smtp,
           Resolved resolved) {
  yaml << YAML::BeginMap;
  yaml_text(yaml, "to", address);
  yaml << YAML::Key << "send_resolved" << YAML::Value << (resolved == Resolved::kMailed);
  yaml_text(yaml, "html", "{{ template \"candor.html\" . }}");
  yaml_text(yaml, "text", "{{ template \"candor.text\" . }}");
  if (!smtp.ca_file.empty()) {
    yaml << YAML::Key << "tls_config" << YAML::Value << YAML::BeginMap;
    yaml_text(yaml, "ca_file", smtp.ca_file.string());
    yaml << YAML::EndMap;
  }
  yaml << YAML::Key << "headers" << YAML::Value << YAML::BeginMap;
  yaml_text(yaml, "Subject", "{{ template \"candor.subject\" . }}");
  yaml_text(yaml, "Auto-Submitted", "auto-generated");
  yaml_text(yaml, "Precedence", "bulk");
  // Alertmanager makes Message-ID itself; with this the mails of one incident stand together.
  const auto thread =
      fmt::format("<{{{{ template \"candor.thread\" . }}}}@{}>", domain_of(smtp.from));
  yaml_text(yaml, "In-Reply-To", thread);
  yaml_text(yaml, "References", thread);
  yaml_text(yaml, "X-Alert-Status", "{{ .Status }}");
  yaml_text(yaml, "X-Alert-Name", "{{ .CommonLabels.alertname }}");
  yaml_text(yaml, "X-Alert-Severity", "{{ .CommonLabels.severity }}");
  yaml_text(yaml, "X-Alert-Group", "{{ .GroupLabels.SortedPairs.Values | join \" \" }}");
  yaml_text(yaml, "X-Alert-Fingerprint", "{{ (index .Alerts 0).Fingerprint }}");
  yaml << YAML::EndMap << YAML::EndMap;
}

}  // namespace

std::string alertmanager_file(const OpsConfig& ops, const MonitorConfig& monitor) {
  YAML::Emitter yaml;
  yaml << YAML::BeginMap;
  global(yaml, monitor.smtp);
  yaml_texts(yaml, "templates", {"templates/*.tmpl"});
  const auto inboxes = monitor.inboxes();
  route(yaml, ops, inboxes);
  inhibitions(yaml);
  yaml << YAML::Key << "receivers" << YAML::Value << YAML::BeginSeq;
  yaml << YAML::BeginMap;
  yaml_text(yaml, "name", "nobody");
  yaml << YAML::EndMap << YAML::BeginMap;
  yaml_text(yaml, "name", "inboxes");
  if (!inboxes.empty()) {
    // One entry each: an inbox sees no other, and one that refuses holds none up.
    yaml << YAML::Key << "email_configs" << YAML::Value << YAML::BeginSeq;
    for (const auto& address : inboxes) inbox(yaml, address, monitor.smtp, Resolved::kMailed);
    yaml << YAML::EndSeq;
  }
  yaml << YAML::EndMap;
  for (const auto& address : inboxes) {
    yaml << YAML::BeginMap;
    yaml_text(yaml, "name", test_receiver(address));
    yaml << YAML::Key << "email_configs" << YAML::Value << YAML::BeginSeq;
    inbox(yaml, address, monitor.smtp, Resolved::kNotMailed);
    yaml << YAML::EndSeq << YAML::EndMap;
  }
  yaml << YAML::EndSeq << YAML::EndMap;
  return fmt::format("{}{}\n", kHeading, yaml.c_str());
}

}  // namespace candor
