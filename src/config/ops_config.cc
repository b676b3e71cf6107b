#include "config/ops_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/numbers.h"
#include "config/limits.h"
#include "config/reading.h"

namespace candor {
namespace {

// The installation that the collector's own figures stand under.
constexpr std::string_view kOwnName = "collector";

// Letters of names in labels, files and mails.
const std::regex& name_pattern() {
  static const std::regex pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  return pattern;
}

// Scheme, host with brackets, port, path. No user: passwords stand in files. No query.
const std::regex& url_pattern() {
  static const std::regex pattern(
      R"((https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/%+-]*)?)");
  return pattern;
}

const std::regex& address_pattern() {
  static const std::regex pattern(R"([A-Za-z0-9.!#$%&'*+/=?^_|~-]{1,64}@[A-Za-z0-9.-]{1,253})");
  return pattern;
}

const std::regex& host_port_pattern() {
  static const std::regex pattern(R"(([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5}))");
  return pattern;
}

bool is_port(std::string_view text) { return parse_unsigned<std::uint16_t>(text).has_value(); }

bool is_loopback(const std::string& host) {
  static const std::regex here(R"(localhost|\[::1\]|127(\.[0-9]{1,3}){3})");
  return std::regex_match(host, here);
}

struct UrlParts {
  bool valid = false;
  std::string scheme;
  std::string host;
};

UrlParts parts_of(const std::string& url) {
  std::smatch found;
  // The library's matching takes stack by the letter.
  if (url.size() > kMaxUrlBytes || !std::regex_match(url, found, url_pattern())) return {};
  const auto port = found[3].str();
  if (!port.empty() && !is_port(std::string_view(port).substr(1))) return {};
  return {true, found[1].str(), found[2].str()};
}

bool is_host_port(const std::string& text) {
  std::smatch found;
  return text.size() <= kMaxUrlBytes && std::regex_match(text, found, host_port_pattern()) &&
         is_port(found[2].str());
}

// The key `name` below [ops], with its default.
std::string text_of(TomlTable& table, std::string_view name) {
  return table.text(name, server_fallback(fmt::format("ops.{}", name)));
}

std::chrono::seconds seconds_of(TomlTable& table, std::string_view name) {
  return std::chrono::seconds(read_bounded(table, fmt::format("ops.{}", name),
                                           fmt::format("{} is a number of seconds", name)));
}

void check_program(TomlTable& table, std::string_view name, const std::string& value) {
  if (value.empty()) table.reject(name, fmt::format("{} is a program, or the URL of one.", name));
  if (is_url(value) && !parts_of(value).valid) {
    table.reject(name, fmt::format("{} is no URL that can be used here: write it as "
                                   "http://host:port, without user and query.",
                                   name));
  }
}

// Neither of the two asks who somebody is, so they are for this machine.
void check_listen(TomlTable& table, std::string_view name, const std::string& value) {
  if (is_host_port(value) && is_loopback(value.substr(0, value.rfind(':')))) return;
  table.reject(name,
               fmt::format("{} is HOST:PORT on this machine's loopback, such as {}: everybody who "
                           "reaches it can read and silence. Others reach it through a proxy.",
                           name, server_fallback(fmt::format("ops.{}", name))));
}

constexpr const char* kInstallationNames =
    "name is letters, digits, dots, hyphens and underscores, 63 at most, and not \"collector\", "
    "which is the collector itself.";

bool is_installation_name(const std::string& name) {
  return name.size() <= kMaxUrlBytes && std::regex_match(name, name_pattern()) && name != kOwnName;
}

void read_target(TomlTable& table, const Path& folder, PlainHttp plain, OpsConfig& ops) {
  ScrapeTarget target;
  target.name = table.required_text("name");
  target.url = table.required_text("url");
  target.username = table.text("username");
  target.password_file = read_path(table, "password_file", folder);
  target.ca_file = read_path(table, "ca_file", folder);
  if (!is_installation_name(target.name)) table.reject("name", kInstallationNames);
  if (std::ranges::find(ops.scrape, target.name, &ScrapeTarget::name) != ops.scrape.end())
    table.reject("name", fmt::format("installation \"{}\" is named twice.", target.name));
  const auto url = parts_of(target.url);
  if (!url.valid) {
    table.reject("url",
                 "url is the address of its metrics, such as https://host:9443/metrics, without "
                 "user and query; the user is username and password_file.");
  } else if (url.scheme == "http" && !is_loopback(url.host) && plain == PlainHttp::kLoopback) {
    table.reject("url",
                 "plain http is for this machine only. Write https://, or set insecure = true.");
  }
  if (target.username.empty() != target.password_file.empty()) {
    const auto* missing = target.username.empty() ? "username" : "password_file";
    table.reject(target.username.empty() ? "password_file" : "username",
                 fmt::format("{} is missing: both are needed, or neither.", missing));
  }
  ops.scrape.push_back(std::move(target));
}

void read_pushed(TomlTable& table, OpsConfig& ops) {
  PushedInstallation pushed{table.required_text("installation"), table.required_text("name")};
  if (pushed.installation.size() > kMaxUrlBytes)
    table.reject("installation", "installation is the id that `candor status` tells there.");
  if (!is_installation_name(pushed.name)) table.reject("name", kInstallationNames);
  const bool is_scraped =
      std::ranges::find(ops.scrape, pushed.name, &ScrapeTarget::name) != ops.scrape.end();
  const bool is_named =
      std::ranges::find(ops.pushed, pushed.name, &PushedInstallation::name) != ops.pushed.end();
  const bool is_known = std::ranges::find(ops.pushed, pushed.installation,
                                          &PushedInstallation::installation) != ops.pushed.end();
  if (is_scraped) {
    table.reject("name", fmt::format("\"{}\" is an installation of [[ops.scrape]], too: the same "
                                     "samples would be there twice. Take one of them out, or give "
                                     "it another name.",
                                     pushed.name));
  } else if (is_named || is_known) {
    table.reject(is_named ? "name" : "installation",
                 fmt::format("installation \"{}\" is named twice.",
                             is_named ? pushed.name : pushed.installation));
  }
  ops.pushed.push_back(std::move(pushed));
}

void check_remote_write(TomlTable& table, PlainHttp plain, const std::string& text) {
  if (text.empty()) return;
  const auto url = parts_of(text);
  if (!url.valid) {
    table.reject("remote_write_url",
                 "remote_write_url is the address that takes remote write, such as "
                 "https://mimir.example.com/api/v1/push, without user and query.");
  } else if (url.scheme == "http" && !is_loopback(url.host) && plain == PlainHttp::kLoopback) {
    table.reject("remote_write_url",
                 "plain http is for this machine only. Write https://, or set insecure = true.");
  }
}

bool is_address(const std::string& text) {
  return text.size() <= kMaxAddressBytes && std::regex_match(text, address_pattern());
}

std::vector<std::string> read_addresses(TomlTable& table, std::string_view name) {
  auto addresses = table.texts(name);
  if (addresses.size() > kMaxInboxes)
    table.reject(name, fmt::format("there are {} addresses, and at most {} are taken.",
                                   addresses.size(), kMaxInboxes));
  for (const auto& address : addresses) {
    if (is_address(address)) continue;
    table.reject(name, fmt::format("an address in {} is no mail address, such as "
                                   "alerts@example.com: one @, no spaces, no commas, no name.",
                                   name));
  }
  return addresses;
}

bool is_host_name(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  });
}

SmtpConfig read_smtp(TomlTable table, const Path& folder) {
  SmtpConfig smtp;
  smtp.host = table.text("host");
  smtp.from = table.text("from");
  smtp.username = table.text("username");
  smtp.password_file = read_path(table, "password_file", folder);
  smtp.ca_file = read_path(table, "ca_file", folder);
  smtp.require_tls = table.boolean("require_tls", true);
  smtp.hello = table.text("hello");
  if (!smtp.host.empty() && !is_host_port(smtp.host))
    table.reject("host", "host is HOST:PORT of the mail server, such as mail.example.com:587.");
  if (!smtp.host.empty() && !is_address(smtp.from))
    table.reject("from", "from is the address that mails come from, such as candor@example.com.");
  if (smtp.username.empty() != smtp.password_file.empty())
    table.reject(smtp.username.empty() ? "password_file" : "username",
                 "username and password_file are both needed, or neither.");
  if (!smtp.hello.empty() && !is_host_name(smtp.hello))
    table.reject("hello", "hello is the name of this machine, such as collector.example.com.");
  return smtp;
}

}  // namespace

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::vector<std::string> MonitorConfig::inboxes() const {
  auto all = alert_addresses;
  for (const auto& address : additional_alert_addresses) {
    if (std::ranges::find(all, address) == all.end()) all.push_back(address);
  }
  return all;
}

OpsConfig read_ops(TomlTable& root, const Path& folder, PlainHttp plain) {
  OpsConfig ops;
  auto table = root.table("ops");
  ops.enabled = table.boolean("enabled", false);
  ops.prometheus = text_of(table, "prometheus");
  ops.alertmanager = text_of(table, "alertmanager");
  check_program(table, "prometheus", ops.prometheus);
  check_program(table, "alertmanager", ops.alertmanager);
  ops.prometheus_listen = text_of(table, "prometheus_listen");
  ops.alertmanager_listen = text_of(table, "alertmanager_listen");
  check_listen(table, "prometheus_listen", ops.prometheus_listen);
  check_listen(table, "alertmanager_listen", ops.alertmanager_listen);
  ops.retention_days =
      read_bounded(table, "ops.retention_days", "retention_days is a number of days");
  ops.external_url = table.text("external_url");
  if (!ops.external_url.empty() && !parts_of(ops.external_url).valid)
    table.reject("external_url",
                 "external_url is where people reach this, such as https://ops.example.com.");
  while (ops.external_url.ends_with('/')) ops.external_url.pop_back();
  ops.scrape_interval = seconds_of(table, "scrape_interval");
  ops.evaluation_interval = seconds_of(table, "evaluation_interval");
  ops.group_wait = seconds_of(table, "group_wait");
  ops.group_interval = seconds_of(table, "group_interval");
  ops.repeat_interval = seconds_of(table, "repeat_interval");
  ops.digest_interval = seconds_of(table, "digest_interval");
  ops.rules_folder = read_path(table, "rules_folder", folder);
  for (auto& target : table.tables("scrape")) read_target(target, folder, plain, ops);
  if (ops.scrape.size() > kMaxScrapeTargets)
    table.reject("scrape", fmt::format("there are {} installations, and at most {} are taken.",
                                       ops.scrape.size(), kMaxScrapeTargets));
  ops.remote_write_url = table.text("remote_write_url");
  check_remote_write(table, plain, ops.remote_write_url);
  for (auto& pushed : table.tables("pushed")) read_pushed(pushed, ops);
  if (ops.pushed.size() > kMaxPushedInstallations)
    table.reject("pushed", fmt::format("there are {} installations, and at most {} are taken.",
                                       ops.pushed.size(), kMaxPushedInstallations));
  return ops;
}

MonitorConfig read_monitor(TomlTable& root, const Path& folder) {
  MonitorConfig monitor;
  auto table = root.table("monitor");
  monitor.alert_addresses = read_addresses(table, "alertAddresses");
  monitor.additional_alert_addresses = read_addresses(table, "additionalAlertAddresses");
  monitor.smtp = read_smtp(table.table("smtp"), folder);
  if (!monitor.inboxes().empty() && monitor.smtp.host.empty()) {
    table.reject(monitor.alert_addresses.empty() ? "additionalAlertAddresses" : "alertAddresses",
                 "mails need a mail server: write [monitor.smtp] with host and from.");
  }
  return monitor;
}

}  // namespace candor
