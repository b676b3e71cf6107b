#include "wire/web_config.h"

#include <crypt.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/digest.h"
#include "base/nearest.h"

namespace candor {
namespace {

constexpr std::size_t kMaxRemembered = 1'000;

Error error_at(const Path& file, const YAML::Mark& mark, std::string_view message) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}:{}:{}: {}", file.string(), mark.line + 1, mark.column + 1, message)};
}

Status check_keys(const Path& file, const YAML::Node& map, const std::vector<std::string>& known) {
  if (!map.IsMap()) return error_at(file, map.Mark(), "a map of keys is expected here.");
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return error_at(file, entry.first.Mark(),
                    fmt::format("unknown key \"{}\".{}", key, did_you_mean(key, known)));
  }
  return Ok{};
}

std::string beside(const Path& file, const std::string& path) {
  return Path(path).is_absolute() ? path : (file.parent_path() / path).string();
}

Result<WebConfig> read(const Path& file, const YAML::Node& root) {
  WebConfig config;
  if (root.IsNull()) return config;
  CANDOR_TRY(check_keys(file, root, {"tls_server_config", "basic_auth_users"}));
  if (const auto tls = root["tls_server_config"]) {
    CANDOR_TRY(check_keys(file, tls, {"cert_file", "key_file", "min_version"}));
    if (!tls["cert_file"] || !tls["key_file"])
      return error_at(file, tls.Mark(), "cert_file and key_file are both needed.");
    TlsServerOptions options{beside(file, tls["cert_file"].as<std::string>()),
                             beside(file, tls["key_file"].as<std::string>()),
                             tls["min_version"] ? tls["min_version"].as<std::string>() : "TLS12"};
    if (options.min_version != "TLS12" && options.min_version != "TLS13") {
      return error_at(file, tls["min_version"].Mark(), "min_version is TLS12 or TLS13.");
    }
    config.tls = std::move(options);
  }
  if (const auto users = root["basic_auth_users"]) {
    if (!users.IsMap())
      return error_at(file, users.Mark(), "basic_auth_users is a map of names to bcrypt hashes.");
    for (const auto& entry : users) {
      auto hash = entry.second.as<std::string>();
      if (!hash.starts_with("$2")) {
        return error_at(file, entry.second.Mark(),
                        "this is no bcrypt hash. Make one with: candor user add NAME");
      }
      config.users[entry.first.as<std::string>()] = std::move(hash);
    }
  }
  return config;
}

std::string crypt_with(const std::string& password, const std::string& setting) {
  crypt_data data{};
  const char* result = ::crypt_r(password.c_str(), setting.c_str(), &data);
  return result == nullptr || result[0] == '*' ? std::string() : std::string(result);
}

}  // namespace

Result<WebConfig> read_web_config(const Path& file) {
  CANDOR_ASSIGN(text, read_file(file, 1u << 20));
  try {
    return read(file, YAML::Load(text));
  } catch (const YAML::Exception& e) {
    return error_at(file, e.mark, e.msg + ".");
  }
}

Result<std::string> with_user(std::string_view text, const std::string& name,
                              const std::string& bcrypt_hash) {
  const auto quoted = fmt::format("  {}: {}", name, bcrypt_hash);
  std::string result;
  bool in_users = false, done = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool top_level = !line.empty() && line.front() != ' ' && line.front() != '#';
    if (top_level && in_users && !done) {
      result += quoted + "\n";
      done = true;
    }
    if (top_level) in_users = line.starts_with("basic_auth_users:");
    if (in_users && !top_level && line.find_first_not_of(' ') != std::string_view::npos &&
        line.substr(line.find_first_not_of(' ')).starts_with(name + ":")) {
      if (!done) result += quoted + "\n";
      done = true;
      continue;
    }
    result += std::string(line) + "\n";
  }
  if (!done && !in_users) result += "basic_auth_users:\n";
  if (!done) result += quoted + "\n";
  return result;
}

std::optional<Credentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!authorization.starts_with(kScheme)) return std::nullopt;
  const auto decoded = from_base64(authorization.substr(kScheme.size()));
  if (!decoded) return std::nullopt;
  const auto colon = std::min(decoded->find(':'), decoded->size());
  return Credentials{decoded->substr(0, colon),
                     decoded->substr(std::min(colon + 1, decoded->size()))};
}

std::string bcrypt(const std::string& password, int cost) {
  const auto random = random_bytes(16);
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  ::crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), random.data(),
                     static_cast<int>(random.size()), setting, sizeof setting);
  return crypt_with(password, setting);
}

PasswordCheck::PasswordCheck() : key_(random_bytes(32)) {}

bool PasswordCheck::allows(const std::map<std::string, std::string>& users,
                           const Credentials& credentials) {
  // The hash of no password: an unknown user costs as much as a known one.
  static const std::string nobody = bcrypt(to_hex(random_bytes(16)));
  const auto user = users.find(credentials.user);
  const auto& hash = user == users.end() ? nobody : user->second;
  const auto digest = Hmac(key_).hex(credentials.user + '\0' + credentials.password);
  {
    const MutexLock lock(mutex_);
    const auto known = known_.find(digest);
    if (known != known_.end() && known->second == hash) return user != users.end();
  }
  const auto computed = crypt_with(credentials.password, hash);
  if (computed.empty() || !equal_secrets(computed, hash) || user == users.end()) return false;
  const MutexLock lock(mutex_);
  if (known_.size() >= kMaxRemembered) known_.clear();
  known_[digest] = hash;
  return true;
}

}  // namespace candor
