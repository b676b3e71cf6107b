#include "config/server_config.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/numbers.h"
#include "base/toml.h"
#include "config/key.h"
#include "config/limits.h"
#include "config/reading.h"

namespace candor {
namespace {

// "192.0.2.1", "10.0.0.0/8", "fd00::/8". A peer is never "::ffff:192.0.2.1": that is IPv4.
bool is_network(const std::string& text) {
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  in6_addr bytes{};
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), &bytes) == 1;
  if (!is_v4 && inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return false;
  if (!is_v4 && IN6_IS_ADDR_V4MAPPED(&bytes)) return false;
  if (slash == std::string::npos) return true;
  const auto prefix = parse_unsigned<int>(std::string_view(text).substr(slash + 1));
  return prefix && *prefix <= (is_v4 ? 32 : 128);
}

class Reader {
 public:
  explicit Reader(const Path& file) : folder_(file.parent_path()) {}

  ServerConfig read(TomlTable root) {
    ServerConfig config;
    config.listen = root.text("listen", server_fallback("listen"));
    const auto colon = config.listen.rfind(':');
    if (colon == std::string::npos ||
        !parse_unsigned<std::uint16_t>(std::string_view(config.listen).substr(colon + 1))) {
      root.reject("listen", "listen is HOST:PORT, such as 127.0.0.1:8080.");
    }
    config.data = read_path(root, "data", folder_, server_fallback("data"));
    config.journal_max_bytes = static_cast<std::uint64_t>(
        read_bounded(root, "journal_max_bytes", "journal_max_bytes is a number of bytes"));
    config.engine = root.text("engine", server_fallback("engine"));
    if (config.engine != "embedded" && !config.engine.starts_with("http://") &&
        !config.engine.starts_with("https://")) {
      root.reject("engine", "engine is \"embedded\" or a URL (http:// or https://).");
    }
    config.web_config_file = read_path(root, "web_config_file", folder_);
    config.trusted_proxies = root.texts("trusted_proxies");
    for (const auto& proxy : config.trusted_proxies) {
      if (is_network(proxy)) continue;
      root.reject(
          "trusted_proxies",
          fmt::format("\"{}\" is neither an address nor a network, such as 10.0.0.0/8.", proxy));
    }
    config.insecure = root.boolean("insecure", false);
    config.insights_every = std::chrono::seconds(
        read_bounded(root, "insights_every", "insights_every is a number of seconds"));
    config.contracts = read_path(root, "contracts", folder_);
    if (auto limit = root.table("rate_limit"); root.has("rate_limit")) {
      config.rate_limit.per_key = requests_per_second(limit, "per_key");
      config.rate_limit.per_network = requests_per_second(limit, "per_network");
    }
    config.ops =
        read_ops(root, folder_, config.insecure ? PlainHttp::kAllowed : PlainHttp::kLoopback);
    config.monitor = read_monitor(root, folder_);
    for (auto& table : root.tables("product")) read_product(table, config);
    if (config.products.empty()) {
      root.reject("product", "no product is named: write a [[product]] with name = \"…\".");
    }
    return config;
  }

 private:
  static std::uint32_t requests_per_second(TomlTable& table, std::string_view name) {
    const auto* key = find_key(server_keys(), fmt::format("rate_limit.{}", name));
    const auto value = table.integer(name).value_or(0);
    if (value >= key->min && value <= key->max) return static_cast<std::uint32_t>(value);
    table.reject(name, fmt::format("{} is a number of requests a second, {} to {}; 0 is no limit.",
                                   name, key->min, key->max));
    return 0;
  }

  void read_product(TomlTable& table, ServerConfig& config) const {
    ServerProduct product;
    product.name = table.required_text("name");
    product.contract = read_path(table, "contract", folder_);
    product.write_keys = table.texts("write_keys");
    product.require_key = table.boolean("require_key", false);
    if (std::ranges::find(config.products, product.name, &ServerProduct::name) !=
        config.products.end()) {
      table.reject("name", fmt::format("product \"{}\" is named twice.", product.name));
    }
    if (product.require_key && product.write_keys.empty()) {
      table.reject("require_key", "require_key needs write_keys = [\"…\"].");
    }
    for (const auto& other : config.products) {
      for (const auto& key : product.write_keys) {
        if (std::ranges::find(other.write_keys, key) == other.write_keys.end()) continue;
        table.reject("write_keys",
                     fmt::format("a key of {} is also one of {}.", product.name, other.name));
      }
    }
    config.products.push_back(std::move(product));
  }

  Path folder_;
};

}  // namespace

Result<ServerConfig> parse_server_config(std::string_view text, const Path& file) {
  CANDOR_ASSIGN(toml, TomlFile::parse(text, file.string()));
  auto config = Reader(file).read(toml.root());
  CANDOR_TRY(toml.finish());
  config.file = file;
  return config;
}

Result<ServerConfig> load_server_config(const Path& file) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(file, ignored).lexically_normal();
  const auto text = read_file(absolute, kMaxConfigBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("There is no configuration file {}. Name another one with --config.",
                             absolute.string())};
  }
  if (!text.ok()) return Error{ErrorKind::kConfiguration, text.error().message + "."};
  return parse_server_config(*text, absolute);
}

}  // namespace candor
