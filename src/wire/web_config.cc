#include "wire/web_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/numbers.h"
#include "wire/limits.h"

namespace candor {
namespace {

Error error_at(const Path& file, const YAML::Mark& mark, std::string_view message) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}:{}:{}: {}", file.string(), mark.line + 1, mark.column + 1, message)};
}

std::string beside(const Path& file, const std::string& path) {
  return Path(path).is_absolute() ? path : (file.parent_path() / path).string();
}

// One map of the file: every key is one of `known`.
class Section {
 public:
  static Result<Section> of(const Path& file, const YAML::Node& map,
                            const std::vector<std::string>& known) {
    if (!map.IsMap()) return error_at(file, map.Mark(), "a map of keys is expected here.");
    for (const auto& entry : map) {
      const auto key = entry.first.as<std::string>();
      if (std::ranges::find(known, key) == known.end()) {
        return error_at(file, entry.first.Mark(),
                        fmt::format("unknown key \"{}\".{}", key, did_you_mean(key, known)));
      }
    }
    return Section(file, map);
  }

  bool has(const char* key) const { return static_cast<bool>(map_[key]) && !map_[key].IsNull(); }
  YAML::Node node(const char* key) const { return map_[key]; }

  template <typename Type>
  Type get(const char* key, Type fallback) const {
    return has(key) ? map_[key].as<Type>() : fallback;
  }
  // As get(), held to a list of choices.
  Result<std::string> choice(const char* key, std::string_view fallback,
                             const std::vector<std::string>& choices) const {
    auto text = get<std::string>(key, std::string(fallback));
    if (std::ranges::find(choices, text) != choices.end()) return text;
    return wrong(key, fmt::format("{} is one of {}.", key, fmt::join(choices, ", ")));
  }
  Result<std::vector<std::string>> texts(const char* key) const {
    if (!has(key)) return std::vector<std::string>();
    if (!map_[key].IsSequence()) return wrong(key, fmt::format("{} is a list.", key));
    return map_[key].as<std::vector<std::string>>();
  }
  // NAME_file, or the PEM itself as NAME.
  Pem pem(const std::string& name) const {
    const auto file = get<std::string>((name + "_file").c_str(), "");
    return {file.empty() ? file : beside(file_, file), get<std::string>(name.c_str(), "")};
  }
  Error wrong(const char* key, std::string_view message) const {
    return error_at(file_, has(key) ? map_[key].Mark() : map_.Mark(), message);
  }

 private:
  Section(const Path& file, const YAML::Node& map) : file_(file), map_(map) {}
  const Path& file_;
  YAML::Node map_;
};

Result<ClientCertificate> client_certificate(const Section& tls) {
  CANDOR_ASSIGN(name, tls.choice("client_auth_type", "NoClientCert",
                                 {"NoClientCert", "RequestClientCert", "RequireClientCert",
                                  "RequireAnyClientCert", "VerifyClientCertIfGiven",
                                  "RequireAndVerifyClientCert"}));
  return name == "NoClientCert"                 ? ClientCertificate::kNone
         : name == "RequestClientCert"          ? ClientCertificate::kRequested
         : name == "VerifyClientCertIfGiven"    ? ClientCertificate::kVerifiedIfGiven
         : name == "RequireAndVerifyClientCert" ? ClientCertificate::kVerified
                                                : ClientCertificate::kAny;
}

Result<TlsServerOptions> read_tls(const Path& file, const YAML::Node& node) {
  CANDOR_ASSIGN(
      tls, Section::of(file, node,
                       {"cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file",
                        "client_auth_type", "client_allowed_sans", "min_version", "max_version",
                        "cipher_suites", "prefer_server_cipher_suites", "curve_preferences"}));
  TlsServerOptions options;
  options.cert = tls.pem("cert");
  options.key = tls.pem("key");
  if (!options.cert.is_named() || !options.key.is_named())
    return error_at(file, node.Mark(), "cert_file and key_file are both needed.");
  options.client_ca = tls.pem("client_ca");
  CANDOR_ASSIGN(client, client_certificate(tls));
  options.client_certificate = client;
  CANDOR_ASSIGN(sans, tls.texts("client_allowed_sans"));
  options.client_allowed_sans = std::move(sans);
  CANDOR_ASSIGN(least, tls.choice("min_version", "TLS12", {"TLS10", "TLS11", "TLS12", "TLS13"}));
  options.min_version = std::move(least);
  // Older ones are not spoken here: as the newest, one would leave nothing.
  CANDOR_ASSIGN(newest, tls.choice("max_version", "TLS13", {"TLS12", "TLS13"}));
  options.max_version = std::move(newest);
  CANDOR_ASSIGN(suites, tls.texts("cipher_suites"));
  options.cipher_suites = std::move(suites);
  options.prefer_server_cipher_suites = tls.get("prefer_server_cipher_suites", true);
  CANDOR_ASSIGN(curves, tls.texts("curve_preferences"));
  options.curves = std::move(curves);
  return options;
}

// Headers that may be set, and what they may say; empty: anything.
struct SettableHeader {
  const char* name;
  std::vector<std::string> values;
};

Result<std::vector<HttpHeader>> read_headers(const Path& file, const YAML::Node& node) {
  static const std::vector<SettableHeader> settable = {
      {"Content-Security-Policy", {}},
      {"Strict-Transport-Security", {}},
      {"X-Content-Type-Options", {"nosniff"}},
      {"X-Frame-Options", {"deny", "sameorigin"}},
      {"X-XSS-Protection", {}},
  };
  std::vector<std::string> names;
  for (const auto& header : settable) names.emplace_back(header.name);
  CANDOR_ASSIGN(section, Section::of(file, node, names));
  std::vector<HttpHeader> headers;
  for (const auto& [name, values] : settable) {
    if (!section.has(name)) continue;
    auto value = section.get<std::string>(name, "");
    const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
    if (std::ranges::any_of(value, is_control))
      return section.wrong(name, "a header is one line of text.");
    if (!values.empty() && std::ranges::find(values, value) == values.end()) {
      return section.wrong(name, fmt::format("{} is {}.", name, fmt::join(values, " or ")));
    }
    headers.push_back({name, std::move(value)});
  }
  return headers;
}

// "1m30s", "250ms": as Go writes durations.
std::optional<std::chrono::nanoseconds> duration_of(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
  if (text == "0") return std::chrono::nanoseconds(0);
  double sum = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = parse_number(text.substr(0, digits));
    text.remove_prefix(digits);
    const auto letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = std::ranges::find(kUnits, text.substr(0, letters),
                                        &std::pair<std::string_view, double>::first);
    if (!number || unit == std::end(kUnits)) return std::nullopt;
    sum += *number * unit->second;
    text.remove_prefix(letters);
  }
  if (sum > 1e18) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(sum));
}

Result<WebRateLimit> read_rate_limit(const Path& file, const YAML::Node& node) {
  CANDOR_ASSIGN(section, Section::of(file, node, {"interval", "burst"}));
  WebRateLimit limit;
  const auto interval = duration_of(section.get<std::string>("interval", "0"));
  if (!interval) return section.wrong("interval", "interval is a duration: 1s, 100ms, 1m30s.");
  limit.interval = *interval;
  limit.burst = section.get("burst", 0);
  if (limit.burst < 0 || (limit.interval.count() > 0 && limit.burst == 0))
    return section.wrong("burst",
                         "burst is a number from 1: with none, nothing would be answered.");
  return limit;
}

Result<UserHashes> read_users(const Path& file, const YAML::Node& node) {
  if (!node.IsMap())
    return error_at(file, node.Mark(), "basic_auth_users is a map of names to bcrypt hashes.");
  UserHashes users;
  for (const auto& entry : node) {
    auto hash = entry.second.as<std::string>();
    if (!is_bcrypt(hash)) {
      return error_at(file, entry.second.Mark(),
                      "this is no bcrypt hash. Make one with: htpasswd -nbBC 10 NAME PASSWORD, or "
                      "for the collector with: candor user add NAME");
    }
    users[entry.first.as<std::string>()] = std::move(hash);
  }
  return users;
}

Result<WebConfig> read(const Path& file, const YAML::Node& root) {
  WebConfig config;
  if (root.IsNull()) return config;
  CANDOR_ASSIGN(top, Section::of(file, root,
                                 {"tls_server_config", "http_server_config", "rate_limit",
                                  "basic_auth_users"}));
  // Empty, it is as if it were not there.
  if (top.has("tls_server_config") && top.node("tls_server_config").size() > 0) {
    CANDOR_ASSIGN(tls, read_tls(file, top.node("tls_server_config")));
    config.tls = std::move(tls);
  }
  if (top.has("http_server_config")) {
    CANDOR_ASSIGN(http, Section::of(file, top.node("http_server_config"), {"http2", "headers"}));
    // Allowed or not, HTTP/1.1 is what is spoken: clients agree to it by themselves.
    [[maybe_unused]] const bool may_http2 = http.get("http2", true);
    if (http.has("headers")) {
      CANDOR_ASSIGN(headers, read_headers(file, http.node("headers")));
      config.headers = std::move(headers);
    }
  }
  if (top.has("rate_limit")) {
    CANDOR_ASSIGN(limit, read_rate_limit(file, top.node("rate_limit")));
    config.rate_limit = limit;
  }
  if (top.has("basic_auth_users")) {
    CANDOR_ASSIGN(users, read_users(file, top.node("basic_auth_users")));
    config.users = std::move(users);
  }
  return config;
}

}  // namespace

Result<WebConfig> read_web_config(const Path& file) {
  CANDOR_ASSIGN(text, read_file(file, kMaxWebConfigBytes));
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

}  // namespace candor
