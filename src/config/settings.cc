#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/nearest.h"
#include "base/numbers.h"
#include "base/toml.h"
#include "config/limits.h"
#include "config/reading.h"

namespace candor {
namespace {

Value fallback_of(const Key& key) {
  switch (key.type) {
    case KeyType::kInteger:
      return parse_integer<std::int64_t>(key.fallback).value_or(0);
    case KeyType::kBoolean:
      return key.fallback == "true";
    default:
      return std::string(key.fallback);
  }
}

// A password as it may stand in a URL.
std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

bool is_path(const Key& key) { return key.type == KeyType::kFile || key.type == KeyType::kFolder; }

std::string range_of(const Key& key) {
  return fmt::format("{} is a whole number from {} to {}.", key.name, key.min, key.max);
}

bool is_channel(const Key& key) { return key.name == "channel_NAME"; }
// Whether it stands for as many values as there are in the file.
bool is_template(const Key& key) { return is_channel(key) || !key.list.empty(); }

bool is_service_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kMaxServiceNameBytes &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

// The part between "://" and the '@' that ends user and password; npos positions when there is
// none.
struct Credentials {
  std::size_t begin = std::string_view::npos;
  std::size_t colon = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};

Credentials credentials_of(std::string_view url) {
  Credentials found;
  const auto scheme = url.find("://");
  found.begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto authority_end = std::min(url.find_first_of("/?#", found.begin), url.size());
  // The last '@': a password may hold one, however wrong that is.
  found.end = url.substr(0, authority_end).rfind('@');
  if (found.end == std::string_view::npos || found.end < found.begin) {
    // A password with '/' in it; better to hide too much.
    found.end = url.rfind('@');
  }
  if (found.end == std::string_view::npos || found.end < found.begin) {
    found.end = std::string_view::npos;
    return found;
  }
  const auto colon = url.find(':', found.begin);
  if (colon < found.end) found.colon = colon;
  return found;
}

}  // namespace

// Reads layers of configuration over one another.
class SettingsReader {
 public:
  SettingsReader() {
    for (const auto& key : agent_keys()) {
      if (is_template(key)) continue;
      settings_.settings_.push_back(
          {&key, std::string(key.name), fallback_of(key), "default", true});
    }
  }

  Status read_text(std::string_view text, const Path& file) {
    CANDOR_ASSIGN(toml, TomlFile::parse(text, file.string()));
    file_ = &file;
    tables_.clear();
    tables_.emplace("", toml.root());
    for (const auto& key : agent_keys()) {
      if (is_channel(key)) read_channels(key);
      if (!is_template(key)) read_key(key);
    }
    read_scrapes();
    CANDOR_TRY(toml.finish());
    return Ok{};
  }

  Status read_environment(const Environment& environment) {
    for (const auto& key : agent_keys()) {
      if (key.variable.empty() || !environment.has(key.variable)) continue;
      const auto text = environment.get(key.variable);
      if (!takes(key, text)) {
        return Error{ErrorKind::kConfiguration, fmt::format("environment {}: {}, not \"{}\".",
                                                            key.variable, choices_text(key), text)};
      }
      set(key, std::string(key.name), text, fmt::format("environment {}", key.variable));
    }
    return Ok{};
  }

  Settings take() { return std::move(settings_); }

 private:
  // Each table is opened once, so that it learns all keys that it may hold.
  TomlTable& table(const std::string& prefix) {
    const auto found = tables_.find(prefix);
    if (found != tables_.end()) return found->second;
    const auto dot = prefix.rfind('.');
    const auto parent = dot == std::string::npos ? std::string() : prefix.substr(0, dot);
    const auto name = dot == std::string::npos ? prefix : prefix.substr(dot + 1);
    return tables_.emplace(prefix, table(parent).table(name)).first->second;
  }

  void read_key(const Key& key) {
    const std::string full(key.name);
    const auto dot = full.rfind('.');
    auto& in = table(dot == std::string::npos ? "" : full.substr(0, dot));
    read_value(in, dot == std::string::npos ? full : full.substr(dot + 1), key, full);
  }

  void read_channels(const Key& key) {
    auto& root = table("");
    for (const auto& name : root.keys()) {
      if (name.starts_with(kChannelPrefix) && name.size() > kChannelPrefix.size()) {
        read_value(root, name, key, name);
      }
    }
  }

  void read_scrapes() {
    for (auto& one : table("monitor").tables("scrape")) {
      ScrapeSetting scrape;
      scrape.name = one.required_text("name");
      scrape.url = one.required_text("url");
      scrape.username = one.text("username");
      scrape.password_file = read_path(one, "password_file", file_->parent_path());
      scrape.ca_file = read_path(one, "ca_file", file_->parent_path());
      scrape.origin = fmt::format("{}:{}", file_->string(), one.place().line);
      if (!is_service_name(scrape.name)) {
        one.reject("name", fmt::format("a name has letters, digits, '.', '_' and '-', at most {}.",
                                       kMaxServiceNameBytes));
      }
      auto& all = settings_.scrapes_;
      const auto known = std::ranges::find(all, scrape.name, &ScrapeSetting::name);
      if (known != all.end() && known->origin.starts_with(file_->string() + ":"))
        one.reject("name", fmt::format("\"{}\" stands here twice.", scrape.name));
      if (known == all.end() && all.size() >= kMaxScrapes)
        one.reject("name", fmt::format("there are more than {} services.", kMaxScrapes));
      if (known != all.end()) {
        *known = std::move(scrape);
      } else {
        all.push_back(std::move(scrape));
      }
    }
  }

  void read_value(TomlTable& in, const std::string& name, const Key& key, const std::string& full) {
    const bool there = in.has(name);
    Value value;
    if (key.type == KeyType::kTable || key.type == KeyType::kTables) {
      read_sonar(in, name, settings_.sonar_);
      value = to_line(in.value(name));
    } else if (key.type == KeyType::kBoolean) {
      value = in.boolean(name, false);
    } else if (key.type == KeyType::kInteger) {
      const auto number = in.integer(name);
      if (number && (*number < key.min || *number > key.max)) in.reject(name, range_of(key));
      value = number.value_or(0);
    } else {
      auto text = in.text(name);
      if (is_path(key)) text = path_from(file_->parent_path(), text).string();
      if (there && !takes(key, text))
        in.reject(name, fmt::format("{}, not \"{}\".", choices_text(key), text));
      value = std::move(text);
    }
    if (there)
      set(key, full, std::move(value), fmt::format("{}:{}", file_->string(), in.place(name).line));
  }

  void set(const Key& key, std::string name, Value value, std::string origin) {
    auto& all = settings_.settings_;
    auto found = std::ranges::find(all, name, &Setting::name);
    if (found == all.end())
      found = all.insert(all.end(), Setting{&key, std::move(name), {}, {}, false});
    found->value = std::move(value);
    found->origin = std::move(origin);
    found->is_default = false;
  }

  Settings settings_;
  const Path* file_ = nullptr;
  std::map<std::string, TomlTable> tables_;
};

const Setting& Settings::setting(std::string_view name) const {
  const auto found = std::ranges::find(settings_, name, &Setting::name);
  assert(found != settings_.end());
  return *found;
}

std::string Settings::text(std::string_view name) const {
  return std::get<std::string>(setting(name).value);
}
std::int64_t Settings::integer(std::string_view name) const {
  return std::get<std::int64_t>(setting(name).value);
}
bool Settings::boolean(std::string_view name) const { return std::get<bool>(setting(name).value); }

std::optional<bool> Settings::channel(std::string_view name) const {
  const auto found =
      std::ranges::find(settings_, fmt::format("{}{}", kChannelPrefix, name), &Setting::name);
  if (found == settings_.end()) return std::nullopt;
  return std::get<bool>(found->value);
}

std::vector<std::string> Settings::channels() const {
  std::vector<std::string> names;
  for (const auto& setting : settings_) {
    if (is_channel(*setting.key)) names.push_back(setting.name.substr(kChannelPrefix.size()));
  }
  return names;
}

Result<Settings> load_settings(const SettingsSources& sources, const Environment& environment) {
  SettingsReader reader;
  std::vector<Path> files = {sources.file};
  const auto names = list_files(sources.drop_ins);
  if (!names.ok()) return Error{ErrorKind::kConfiguration, names.error().message};
  for (const auto& name : *names) {
    if (name.ends_with(".toml")) files.push_back(sources.drop_ins / name);
  }
  for (const auto& file : files) {
    const auto text = read_file(file, kMaxConfigBytes);
    if (!text.ok() && text.error().kind == ErrorKind::kNotFound) continue;
    if (!text.ok()) return Error{ErrorKind::kConfiguration, text.error().message};
    CANDOR_TRY(reader.read_text(*text, file));
  }
  CANDOR_TRY(reader.read_environment(environment));
  return reader.take();
}

Result<Settings> parse_settings(std::string_view text, const Path& file) {
  SettingsReader reader;
  CANDOR_TRY(reader.read_text(text, file));
  return reader.take();
}

bool has_password(std::string_view url) {
  return credentials_of(url).colon != std::string_view::npos;
}

std::string without_password(std::string_view url) {
  const auto found = credentials_of(url);
  if (found.colon == std::string_view::npos) return std::string(url);
  return fmt::format("{}:***{}", url.substr(0, found.colon), url.substr(found.end));
}

std::string shown_value(const Setting& setting) {
  if (const auto* number = std::get_if<std::int64_t>(&setting.value))
    return fmt::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&setting.value)) return *flag ? "true" : "false";
  const auto& text = std::get<std::string>(setting.value);
  if (setting.key->is_secret && !text.empty()) return "***";
  // What is written to services may hold secrets; the addresses of targets do not.
  if (setting.key->type == KeyType::kTable || setting.key->type == KeyType::kTables)
    return setting.key->members.empty() && !text.empty() ? "(see the file)" : text;
  return setting.key->may_hold_password ? without_password(text) : text;
}

Result<std::string> secret_in(const Path& file, std::string_view key) {
  if (file.empty()) return std::string();
  auto text = read_file(file, kMaxSecretBytes);
  if (!text.ok()) {
    return Error{ErrorKind::kConfiguration, fmt::format("{}: {}.", key, text.error().message)};
  }
  return text->substr(0, text->find_first_of("\r\n"));
}

Result<std::string> secret_of(const Settings& settings, std::string_view key) {
  return secret_in(settings.text(key), key);
}

Result<std::string> proxy_with_password(const Settings& settings) {
  const auto proxy = settings.text("proxy");
  if (proxy.empty()) return proxy;
  CANDOR_ASSIGN(password, secret_of(settings, "proxy_password_file"));
  const auto found = credentials_of(proxy);
  if (password.empty() || found.colon != std::string_view::npos) return proxy;
  if (found.end == std::string_view::npos) {
    return Error{ErrorKind::kConfiguration,
                 "proxy_password_file is set, but proxy names no user: write proxy = "
                 "\"https://USER@HOST:PORT\"."};
  }
  return fmt::format("{}:{}{}", proxy.substr(0, found.end), percent_encoded(password),
                     proxy.substr(found.end));
}

}  // namespace candor
