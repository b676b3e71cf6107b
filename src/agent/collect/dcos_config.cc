#include "agent/collect/dcos_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/collect/dcos_limits.h"
#include "base/ascii.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"

namespace candor {
namespace {

constexpr std::string_view kDiagnosticsUrl =
    "http://leader.mesos:1050/system/health/v1/report?cache=0";
constexpr std::string_view kCosmosUrl = "http://127.0.0.1:7070/package/list";
constexpr std::string_view kMesosUrl = "http://leader.mesos:5050";

Error unreadable(const std::string& file, std::string_view why) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{} {}. It configures the telemetry of DC/OS; repair it, or name "
                           "another file with collect.dcos.config or collect.dcos.extra_config.",
                           file, why)};
}

// A file of the signal service; an empty object where there is none.
Result<Json> read_part(const std::string& file) {
  if (file.empty()) return Json::object();
  const auto text = read_file(file, kMaxDcosFileBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return Json::object();
  if (!text.ok()) return unreadable(file, "cannot be read");
  auto json = parse_json(*text);
  if (!json.ok() || !json->is_object()) return unreadable(file, "is no JSON object");
  return json;
}

// What DC/OS configured its signal service with; the second file overrides the first.
Result<Json> read_signal_config(const Settings& settings) {
  CANDOR_ASSIGN(config, read_part(settings.text("collect.dcos.config")));
  CANDOR_ASSIGN(extra, read_part(settings.text("collect.dcos.extra_config")));
  for (const auto& [key, value] : extra.items()) config[key] = value;
  return config;
}

std::vector<std::string> urls(const Json& config, std::string_view key) {
  std::vector<std::string> found;
  const auto* list = find_member(config, key);
  if (list == nullptr || !list->is_array()) return found;
  for (const auto& url : *list) {
    if (url.is_string() && found.size() < kMaxDcosUrls) found.push_back(url.get<std::string>());
  }
  return found;
}

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Result<DcosConfig> dcos_config(const Settings& settings) {
  CANDOR_ASSIGN(signal, read_signal_config(settings));
  const auto text = [&](std::string_view key, std::string_view theirs) {
    auto own = settings.text(fmt::format("collect.dcos.{}", key));
    return own.empty() && !theirs.empty() ? string_member(signal, theirs) : own;
  };
  const auto addresses = [&](std::string_view key, std::string_view theirs,
                             std::string_view fallback) -> std::vector<std::string> {
    if (auto own = settings.text(key); !own.empty()) return {std::move(own)};
    auto found = urls(signal, theirs);
    if (found.empty()) found.emplace_back(fallback);
    return found;
  };
  DcosConfig config;
  config.diagnostics_urls =
      addresses("collect.dcos.diagnostics_url", "diagnostics_urls", kDiagnosticsUrl);
  config.cosmos_urls = addresses("collect.dcos.cosmos_url", "cosmos_urls", kCosmosUrl);
  const auto mesos = settings.text("collect.dcos.mesos_url");
  config.mesos_urls = mesos.empty() ? urls(signal, "mesos_urls") : std::vector<std::string>();
  if (config.mesos_urls.empty()) {
    const auto base = without_slash(mesos.empty() ? std::string(kMesosUrl) : mesos);
    config.mesos_urls = {base + "/frameworks", base + "/metrics/snapshot"};
  }
  config.ca_file = text("ca_file", "ca_cert_path");
  CANDOR_ASSIGN(token, secret_of(settings, "collect.dcos.token_file"));
  config.token = std::move(token);
  config.timeout = std::chrono::seconds(settings.integer("collect.dcos.timeout"));
  auto& facts = config.facts;
  facts.customer_key = text("customer_key", "customer_key");
  facts.license_id = text("license_id", "license_id");
  facts.version = text("version", "");
  facts.platform = text("platform", "gen_platform");
  facts.provider = text("provider", "gen_provider");
  facts.variant = text("variant", "");
  return config;
}

std::optional<std::string> dcos_refusal(const Settings& settings) {
  const auto config = read_signal_config(settings);
  if (!config.ok()) return config.error().message + " Until then it counts as a no.";
  const auto* enabled = find_member(*config, "enabled");
  const bool off =
      enabled != nullptr &&
      (enabled->is_string() ? to_lower(enabled->get<std::string>()) == "false" : *enabled == false);
  if (!off) return std::nullopt;
  return fmt::format("DC/OS was installed without telemetry: \"enabled\" is \"false\" in {} or {}.",
                     settings.text("collect.dcos.config"),
                     settings.text("collect.dcos.extra_config"));
}

Result<std::optional<std::string>> dcos_cluster_id(const Settings& settings) {
  const auto file = settings.text("collect.dcos.cluster_id_file");
  auto text = read_file(file, kMaxDcosFileBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) {
    CANDOR_ASSIGN(signal, read_signal_config(settings));
    text = string_member(signal, "cluster_id");
    if (text->empty()) return std::optional<std::string>();
  }
  if (!text.ok()) {
    return Error{ErrorKind::kConfiguration, text.error().message +
                                                ". Candor adopts the number "
                                                "that DC/OS gave the cluster, "
                                                "and must be able to read it."};
  }
  while (!text->empty() && std::isspace(static_cast<unsigned char>(text->back()))) text->pop_back();
  auto id = to_lower(std::move(*text));
  if (is_uuid(id)) return std::optional(std::move(id));
  return Error{ErrorKind::kBadData,
               fmt::format("{} holds no cluster id. Repair it, or let collect.dcos.cluster_id_file "
                           "name another file, which need not exist.",
                           file)};
}

}  // namespace candor
