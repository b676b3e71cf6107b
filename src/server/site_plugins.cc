// The addresses of plugins' health: documents, badges, and the bundle that is the same for
// everybody.
#include <fmt/format.h>

#include <algorithm>

#include "server/limits.h"
#include "server/present/badge.h"
#include "server/present/plugin_documents.h"
#include "server/protocol/submission.h"
#include "server/site.h"
#include "server/site_answers.h"

namespace candor {
namespace {

constexpr std::string_view kBadge = "/badge.svg";

HttpResponse not_looked_yet() {
  auto response = error_answer(503, "try_again", "The figures are being computed; ask again.");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

HttpResponse unknown_plugin() {
  return error_answer(404, "unknown_plugin",
                      fmt::format("No event of the last {} days tells of it.", kHealthDays));
}

// The one of that name; of several events the one that most installations tell of, unless the
// request names it.
const HealthOfOne* find(const PluginHealth& health, std::string_view name,
                        const HttpRequest& request) {
  const auto event = request.parameter("event");
  const HealthOfOne* found = nullptr;
  for (const auto& one : health.all) {
    if (one.name != name || (event && one.event != *event)) continue;
    if (found == nullptr || one.figures.installations > found->figures.installations) found = &one;
  }
  return found;
}

void keep_for_a_while(HttpResponse& response, std::string_view etag) {
  response.headers.push_back(
      {"Cache-Control", fmt::format("public, max-age={}", kInsightsMaxAge.count())});
  if (!etag.empty()) response.headers.push_back({"ETag", std::string(etag)});
  // The collector's own pages are not the only ones that may show it.
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
}

HttpResponse badge(const HttpRequest& request, const KnownInsights* known, std::string_view name) {
  const auto* one = known != nullptr ? find(known->health, name, request) : nullptr;
  const auto wanted = request.parameter("version");
  std::string version = wanted.value_or("");
  auto verdict = Verdict::kUnknown;
  if (one != nullptr && (wanted || one->judged)) {
    const auto found = wanted ? std::ranges::find(one->versions, *wanted, &HealthOfVersion::version)
                              : one->versions.begin() + static_cast<std::ptrdiff_t>(*one->judged);
    if (found != one->versions.end()) {
      version = found->version;
      verdict = found->judgement.verdict;
    }
  }
  HttpResponse response;
  response.content_type = "image/svg+xml; charset=utf-8";
  // Nothing is said of whom too few run, not even that somebody does.
  response.body = badge_svg(name, version, verdict);
  keep_for_a_while(response, "");
  response.headers.push_back({"Content-Security-Policy", "default-src 'none'"});
  return response;
}

HttpResponse bundle(const HttpRequest& request, const KnownInsights& known) {
  HttpResponse response;
  if (request.header("If-None-Match").find(known.etag) != std::string_view::npos) {
    response.status = 304;
  } else {
    response.body = known.bundle;
  }
  keep_for_a_while(response, known.etag);
  return response;
}

}  // namespace

std::optional<HttpResponse> Site::public_insights(const HttpRequest& request) const {
  constexpr auto kBelow = kProducts.size() + 1;
  const std::string_view path = request.path;
  if (!path.starts_with(kProducts) || path.size() < kBelow || path[kBelow - 1] != '/')
    return std::nullopt;
  auto [name, what] = split(path.substr(kBelow));
  const auto* product = parts_.catalogue.find(name);
  if (product == nullptr) return std::nullopt;
  const auto known = parts_.insights.of(product->name());
  if (what == kInsights) return known ? bundle(request, *known) : not_looked_yet();
  if (!what.starts_with(kPluginAddress) || !what.ends_with(kBadge)) return std::nullopt;
  what.remove_prefix(kPluginAddress.size());
  if (what.size() <= kBadge.size()) return std::nullopt;
  what.remove_suffix(kBadge.size());
  return badge(request, known.get(), what);
}

HttpResponse Site::plugins(const HttpRequest& request, const Product& product,
                           std::string_view what) const {
  const auto known = parts_.insights.of(product.name());
  const auto& contract = *product.current;
  // The page of usage shows it beside other figures, which are there.
  if (what == kPlugins)
    return json_answer(plugins_document(contract, known ? known->health : PluginHealth()));
  if (!known) return not_looked_yet();
  what.remove_prefix(kPluginAddress.size());
  const auto* one = find(known->health, what, request);
  return one == nullptr ? unknown_plugin()
                        : json_answer(plugin_document(contract, known->health, *one));
}

}  // namespace candor
