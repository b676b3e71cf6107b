#include "contract/insights_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "contract/limits.h"

namespace candor {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kKeyDigits = 64;  // in hex
constexpr std::size_t kSignatureDigits = 128;

Error no_bundle(std::string_view why) {
  return Error{ErrorKind::kBadData, fmt::format("This is no bundle of insights: {}.", why)};
}

std::string signed_text(const Json& insights) {
  return fmt::format("candor insights {}\n{}", kFormat, to_line(insights));
}

// Whole numbers without a fraction, as every language writes them: readers write it again.
Json share_json(double share) {
  if (share == 0 || share == 1) return static_cast<int>(share);
  return share;
}

Json to_json(const PluginInsight& plugin) {
  Json json = {{"event", plugin.event},
               {"name", plugin.name},
               {"version", plugin.version},
               {"verdict", plugin.verdict},
               {"rule", plugin.rule},
               {"since", plugin.since},
               {"installations", plugin.installations},
               {"runs", plugin.runs},
               {"success", share_json(plugin.success)},
               {"lost", plugin.lost}};
  if (plugin.median_ms) json["median_ms"] = *plugin.median_ms;
  if (plugin.p95_ms) json["p95_ms"] = *plugin.p95_ms;
  if (!plugin.better.empty()) json["better"] = plugin.better;
  return json;
}

Json to_json(const InsightsBundle& bundle) {
  Json plugins = Json::array();
  for (const auto& plugin : bundle.plugins) plugins.push_back(to_json(plugin));
  Json crashes = Json::array();
  for (const auto& crash : bundle.crashes) {
    crashes.push_back({{"signature", crash.signature},
                       {"known_since", crash.known_since},
                       {"fixed_in", crash.fixed_in}});
  }
  return {{"candor_insights", kFormat},        {"product", bundle.product}, {"made", bundle.made},
          {"window_days", bundle.window_days}, {"plugins", plugins},        {"crashes", crashes}};
}

std::string file_text(const Json& insights, const std::string& key, const std::string& signature) {
  return to_line({{"insights", insights}, {"signature", {{"key", key}, {"ed25519", signature}}}}) +
         "\n";
}

std::optional<std::uint64_t> duration_member(const Json& json, std::string_view key) {
  const auto* found = find_member(json, key);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return count_member(json, key);
}

Result<PluginInsight> plugin_of(const Json& json) {
  PluginInsight plugin;
  plugin.event = string_member(json, "event");
  plugin.name = string_member(json, "name");
  plugin.version = string_member(json, "version");
  plugin.verdict = string_member(json, "verdict");
  plugin.rule = string_member(json, "rule");
  plugin.since = string_member(json, "since");
  plugin.installations = count_member(json, "installations");
  plugin.runs = count_member(json, "runs");
  const auto* success = find_member(json, "success");
  plugin.success = success != nullptr && success->is_number() ? success->get<double>() : -1;
  plugin.lost = count_member(json, "lost");
  plugin.median_ms = duration_member(json, "median_ms");
  plugin.p95_ms = duration_member(json, "p95_ms");
  plugin.better = string_member(json, "better");
  constexpr std::array kVerdicts = {kHealthy, kDegraded, kFailing};
  if (plugin.name.empty() || std::ranges::find(kVerdicts, plugin.verdict) == kVerdicts.end() ||
      !(plugin.success >= 0 && plugin.success <= 1))
    return no_bundle("a plugin of it has no name, no verdict of format 1 or no share of success");
  return plugin;
}

Result<CrashInsight> crash_of(const Json& json) {
  CrashInsight crash{string_member(json, "signature"), string_member(json, "known_since"),
                     string_member(json, "fixed_in")};
  if (crash.signature.empty() || crash.fixed_in.empty())
    return no_bundle("a crash of it has no signature, or no version that mends it");
  return crash;
}

// The list that `insights` has under `key`, each element by `read`.
template <typename Element>
Status read_list(const Json& insights, std::string_view key, Result<Element> (*read)(const Json&),
                 std::vector<Element>& into) {
  const auto* list = find_member(insights, key);
  if (list == nullptr || !list->is_array() || list->size() > kMaxInsightsEntries)
    return no_bundle(fmt::format("\"{}\" is no list of at most {}", key, kMaxInsightsEntries));
  for (const auto& element : *list) {
    CANDOR_ASSIGN(one, read(element));
    into.push_back(std::move(one));
  }
  return Ok{};
}

Result<InsightsBundle> bundle_of(const Json& insights) {
  if (integer_member(insights, "candor_insights") != kFormat)
    return no_bundle("it is not of format 1, the only one that this version reads");
  InsightsBundle bundle;
  bundle.product = string_member(insights, "product");
  bundle.made = string_member(insights, "made");
  bundle.window_days = static_cast<int>(
      std::clamp<std::int64_t>(integer_member(insights, "window_days"), 0, kMaxInsightsDays));
  if (bundle.product.empty()) return no_bundle("it names no product");
  CANDOR_TRY(read_list(insights, "plugins", plugin_of, bundle.plugins));
  CANDOR_TRY(read_list(insights, "crashes", crash_of, bundle.crashes));
  return bundle;
}

}  // namespace

void cut_insights(InsightsBundle& bundle) {
  std::vector<PluginInsight> plugins;
  plugins.swap(bundle.plugins);
  auto bytes =
      file_text(to_json(bundle), std::string(kKeyDigits, '0'), std::string(kSignatureDigits, '0'))
          .size();
  for (auto& plugin : plugins) {
    bytes += to_line(to_json(plugin)).size() + 1;  // and a comma
    if (bytes > kMaxInsightsBytes) break;
    bundle.plugins.push_back(std::move(plugin));
  }
}

std::string insights_text(const InsightsBundle& bundle, const SigningKey& key) {
  const auto insights = to_json(bundle);
  return file_text(insights, to_hex(key.public_key()), to_hex(key.sign(signed_text(insights))));
}

Result<InsightsBundle> verify_insights(std::string_view text, std::string_view key) {
  if (text.size() > kMaxInsightsBytes)
    return no_bundle(fmt::format("it has more than {} bytes", kMaxInsightsBytes));
  const auto document = parse_foreign_json(text);
  if (!document.ok()) return no_bundle("it is not JSON");
  const auto* insights = find_member(*document, "insights");
  const auto* signature = find_member(*document, "signature");
  if (insights == nullptr || !insights->is_object() || signature == nullptr)
    return no_bundle("it has no \"insights\" with a \"signature\"");
  const auto pinned = from_base64(key);
  const auto signer = from_hex(string_member(*signature, "key"));
  if (!pinned || !signer || *pinned != *signer) {
    return Error{ErrorKind::kGeneral,
                 "The insights are signed with another key than the one pinned for this "
                 "collector's receipts."};
  }
  const auto bytes = from_hex(string_member(*signature, "ed25519"));
  if (!bytes || !verify_signature(*signer, signed_text(*insights), *bytes))
    return Error{ErrorKind::kGeneral, "The signature of the insights is not valid."};
  return bundle_of(*insights);
}

std::string insights_etag(std::string_view text) {
  return fmt::format("\"{}\"", sha256_hex(text).substr(0, kInsightsEtagDigits));
}

}  // namespace candor
