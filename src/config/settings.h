// The agent's configuration as it holds: every key's value, and where the value comes from.
//
// Later wins: default, candor.toml, candor.d/*.toml in the order of their names, environment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/environment.h"
#include "base/files.h"
#include "base/result.h"
#include "config/key.h"
#include "config/sonar_config.h"

namespace candor {

using Value = std::variant<std::string, std::int64_t, bool>;

struct Setting {
  const Key* key = nullptr;
  std::string name;  // as key->name, but a channel by its own
  Value value;
  std::string origin;  // "default", "/etc/candor/candor.toml:3" or "environment CANDOR_PROXY"
  bool is_default = true;
};

// A service whose metrics are asked for: one [[monitor.scrape]].
struct ScrapeSetting {
  std::string name;
  std::string url;
  std::string username;
  std::string password_file;
  std::string ca_file;
  std::string origin;  // as of a Setting

  // Where it stands is no part of it.
  bool operator==(const ScrapeSetting& other) const {
    return std::tie(name, url, username, password_file, ca_file) ==
           std::tie(other.name, other.url, other.username, other.password_file, other.ca_file);
  }
};

// A value; safe to share between threads.
class Settings {
 public:
  // Require a key of that name and type.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  const Setting& setting(std::string_view name) const;

  // What the operator said about a channel; nothing when unset.
  std::optional<bool> channel(std::string_view name) const;
  // The channels that are named in the configuration.
  std::vector<std::string> channels() const;
  // By name, each once: that of a later file takes the place of an earlier one.
  const std::vector<ScrapeSetting>& scrapes() const { return scrapes_; }
  // What monitor.sonar.targets, .scans and .variables say, each as the last file has it that names
  // it.
  const SonarConfig& sonar() const { return sonar_; }
  // Every key with its value, in the table's order; channels only when set. Members of lists are
  // not among them.
  const std::vector<Setting>& all() const { return settings_; }

 private:
  friend class SettingsReader;
  std::vector<Setting> settings_;
  std::vector<ScrapeSetting> scrapes_;
  SonarConfig sonar_;
};

struct SettingsSources {
  Path file;      // need not exist
  Path drop_ins;  // folder; need not exist
};

// kConfiguration with file, line, column and the nearest known key, for the first thing wrong.
Result<Settings> load_settings(const SettingsSources& sources, const Environment& environment);

// One file's text alone, for checking it before it is written. `file` names it and anchors relative
// paths.
Result<Settings> parse_settings(std::string_view text, const Path& file);

// The value as people read it; a secret, and a URL's password, is "***".
std::string shown_value(const Setting& setting);

// The proxy to use: with the password of proxy_password_file put in, when there is one.
Result<std::string> proxy_with_password(const Settings& settings);
// The first line of the file that a *_file key names; empty when the key is unset.
Result<std::string> secret_of(const Settings& settings, std::string_view key);
// The same of a file; `key` names it in messages.
Result<std::string> secret_in(const Path& file, std::string_view key);

// "https://user:***@host" for a URL with a password; anything else as it is.
std::string without_password(std::string_view url);
bool has_password(std::string_view url);

}  // namespace candor
