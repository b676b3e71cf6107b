// The collector's keys [ops] and [monitor]: the operations center, and who gets its mails.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/toml.h"

namespace candor {

// An installation whose metrics Prometheus asks for.
struct ScrapeTarget {
  std::string name;  // becomes the label `installation`
  std::string url;   // "https://host:9443/metrics": no user, no query
  std::string username;
  Path password_file;
  Path ca_file;
};

// An installation that pushes its metrics.
struct PushedInstallation {
  std::string installation;  // its id
  std::string name;          // becomes the label `installation`
};

struct OpsConfig {
  bool enabled = false;
  std::string prometheus;  // a program, or the URL of one that runs
  std::string alertmanager;
  std::string prometheus_listen;  // "127.0.0.1:9090"; port 0: any that is free
  std::string alertmanager_listen;
  std::int64_t retention_days = 0;
  std::string external_url;  // without a slash at the end; empty: mails have no links
  std::chrono::seconds scrape_interval{};
  std::chrono::seconds evaluation_interval{};
  std::chrono::seconds group_wait{};
  std::chrono::seconds group_interval{};
  std::chrono::seconds repeat_interval{};
  std::chrono::seconds digest_interval{};
  Path rules_folder;
  std::vector<ScrapeTarget> scrape;
  std::string remote_write_url;  // where what is pushed is passed on to; empty: to Prometheus
  std::vector<PushedInstallation> pushed;
};

struct SmtpConfig {
  std::string host;  // "mail.example.com:587"; empty: no mail
  std::string from;
  std::string username;
  Path password_file;
  Path ca_file;
  bool require_tls = true;
  std::string hello;
};

struct MonitorConfig {
  std::vector<std::string> alert_addresses;  // the vendor's own
  std::vector<std::string> additional_alert_addresses;
  SmtpConfig smtp;
  // All of them, each once, the vendor's own first.
  std::vector<std::string> inboxes() const;
};

bool is_url(std::string_view text);  // http:// or https://

// Where a scrape may go without TLS.
enum class PlainHttp { kLoopback, kAllowed };

// Both read their table of the collector's configuration; what is wrong is remembered in `root`.
OpsConfig read_ops(TomlTable& root, const Path& folder, PlainHttp plain);
MonitorConfig read_monitor(TomlTable& root, const Path& folder);

}  // namespace candor
