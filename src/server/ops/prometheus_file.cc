#include <fmt/format.h>

#include <algorithm>

#include "server/ops/limits.h"
#include "server/ops/ops_files.h"
#include "server/ops/yaml_text.h"

namespace candor {
namespace {

constexpr std::string_view kHeading =
    "# Written by candor server from its configuration, which is the one to change.\n";

// "host:port", with brackets round IPv6.
std::string authority(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", url.host, v6 ? "]" : "", url.port);
}

// The addresses were checked when the configuration was read.
Url must_parse(const std::string& text) {
  auto url = parse_url(text);
  return url.ok() ? *std::move(url) : Url{};
}

// One that is asked, with the labels it gets.
void static_target(YAML::Emitter& yaml, const Url& url, const std::string& installation) {
  yaml << YAML::Key << "static_configs" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  yaml_texts(yaml, "targets", {authority(url)});
  if (!installation.empty()) {
    yaml << YAML::Key << "labels" << YAML::Value << YAML::BeginMap;
    yaml_text(yaml, "installation", installation);
    yaml << YAML::EndMap;
  }
  yaml << YAML::EndMap << YAML::EndSeq;
}

// The start of a job, whose map stays open.
void begin_job(YAML::Emitter& yaml, const std::string& name, const Url& url,
               const std::string& path) {
  yaml << YAML::BeginMap;
  yaml_text(yaml, "job_name", name);
  yaml_text(yaml, "scheme", url.scheme);
  yaml_text(yaml, "metrics_path", path);
  // Nobody names themselves: what an installation says of `installation` becomes another label. And
  // nobody leads the password elsewhere.
  yaml << YAML::Key << "honor_labels" << YAML::Value << false;
  yaml << YAML::Key << "follow_redirects" << YAML::Value << false;
  yaml << YAML::Key << "sample_limit" << YAML::Value << kMaxScrapeSamples;
  yaml << YAML::Key << "body_size_limit" << YAML::Value << fmt::format("{}B", kMaxScrapeBytes);
  yaml << YAML::Key << "label_limit" << YAML::Value << kMaxScrapeLabels;
  yaml << YAML::Key << "label_value_length_limit" << YAML::Value << kMaxScrapeLabelBytes;
}

void own_jobs(YAML::Emitter& yaml, const OpsSurroundings& surroundings) {
  const std::string own_name = "collector";
  const auto own = must_parse(surroundings.own_url);
  begin_job(yaml, own_name, own, "/metrics");
  yaml << YAML::Key << "authorization" << YAML::Value << YAML::BeginMap;
  yaml_text(yaml, "credentials_file", surroundings.own_token_file.string());
  yaml << YAML::EndMap;
  if (own.scheme == "https") {
    // It is asked by an address of this machine, which its certificate does not name.
    yaml << YAML::Key << "tls_config" << YAML::Value << YAML::BeginMap << YAML::Key
         << "insecure_skip_verify" << YAML::Value << true << YAML::EndMap;
  }
  static_target(yaml, own, own_name);
  yaml << YAML::EndMap;
  for (const auto& [name, address] : {std::pair("prometheus", surroundings.prometheus_url),
                                      std::pair("alertmanager", surroundings.alertmanager_url)}) {
    const auto url = must_parse(address);
    begin_job(yaml, name, url, url.path + "/metrics");
    static_target(yaml, url, own_name);
    yaml << YAML::EndMap;
  }
}

void installation_job(YAML::Emitter& yaml, const ScrapeTarget& target) {
  const auto url = must_parse(target.url);
  begin_job(yaml, "installation-" + target.name, url, metrics_path(url));
  if (!target.username.empty()) {
    yaml << YAML::Key << "basic_auth" << YAML::Value << YAML::BeginMap;
    yaml_text(yaml, "username", target.username);
    yaml_text(yaml, "password_file", target.password_file.string());
    yaml << YAML::EndMap;
  }
  if (!target.ca_file.empty()) {
    yaml << YAML::Key << "tls_config" << YAML::Value << YAML::BeginMap;
    yaml_text(yaml, "ca_file", target.ca_file.string());
    yaml << YAML::EndMap;
  }
  static_target(yaml, url, target.name);
  // An agent says of which service a sample is; that much is its to say.
  yaml << YAML::Key << "metric_relabel_configs" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  yaml_texts(yaml, "source_labels", {"exported_job"});
  yaml_text(yaml, "regex", "(.+)");
  yaml_text(yaml, "target_label", "job");
  yaml << YAML::EndMap << YAML::BeginMap;
  yaml_text(yaml, "action", "labeldrop");
  yaml_text(yaml, "regex", "exported_job");
  yaml << YAML::EndMap << YAML::EndSeq;
  yaml << YAML::EndMap;
}

}  // namespace

std::string metrics_path(const Url& url) { return url.path.empty() ? "/metrics" : url.path; }

std::string prometheus_file(const OpsConfig& ops, const OpsSurroundings& surroundings) {
  YAML::Emitter yaml;
  yaml << YAML::BeginMap;
  yaml << YAML::Key << "global" << YAML::Value << YAML::BeginMap;
  yaml_seconds(yaml, "scrape_interval", ops.scrape_interval);
  yaml_seconds(yaml, "scrape_timeout", std::min(ops.scrape_interval, kScrapeTime));
  yaml_seconds(yaml, "evaluation_interval", ops.evaluation_interval);
  yaml << YAML::EndMap;
  yaml_texts(yaml, "rule_files", {"rules/*.yml"});
  const auto alerts = must_parse(surroundings.alertmanager_url);
  yaml << YAML::Key << "alerting" << YAML::Value << YAML::BeginMap;
  yaml << YAML::Key << "alertmanagers" << YAML::Value << YAML::BeginSeq << YAML::BeginMap;
  yaml_text(yaml, "scheme", alerts.scheme);
  yaml_if_told(yaml, "path_prefix", alerts.path);
  static_target(yaml, alerts, "");
  yaml << YAML::EndMap << YAML::EndSeq << YAML::EndMap;
  if (surroundings.runs_prometheus) {
    // An agent's queue is pushed after it could not be for a while.
    yaml << YAML::Key << "storage" << YAML::Value << YAML::BeginMap << YAML::Key << "tsdb"
         << YAML::Value << YAML::BeginMap;
    yaml_seconds(yaml, "out_of_order_time_window", kOutOfOrderTime);
    yaml << YAML::EndMap << YAML::EndMap;
  }
  yaml << YAML::Key << "scrape_configs" << YAML::Value << YAML::BeginSeq;
  own_jobs(yaml, surroundings);
  for (const auto& target : ops.scrape) installation_job(yaml, target);
  yaml << YAML::EndSeq << YAML::EndMap;
  return fmt::format("{}{}\n", kHeading, yaml.c_str());
}

}  // namespace candor
