#include "assets/pages.h"

#include <algorithm>

#include "assets/assets.h"
#include "wire/compression.h"

namespace candor {
namespace {

constexpr std::uint64_t kMaxAssetBytes = 16u << 20;

// No third party is asked for anything, and nobody frames the page.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "
    "'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace

HttpResponse page(const HttpRequest& request, std::string_view path) {
  const auto assets = web_assets();
  const auto asset = std::ranges::find(assets, path, &Asset::path);
  HttpResponse response;
  if (asset == assets.end()) {
    response.status = 404;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "There is no such page.\n";
    return response;
  }
  response.content_type = asset->content_type;
  response.headers = {
      {"ETag", std::string(asset->etag)},
      {"Vary", "Accept-Encoding"},
      {"Cache-Control", asset->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"}};
  if (request.header("If-None-Match").find(asset->etag) != std::string_view::npos) {
    response.status = 304;
    return response;
  }
  if (request.header("Accept-Encoding").find("gzip") != std::string_view::npos) {
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = asset->gzip;
  } else {
    response.body = decode_content("gzip", std::string(asset->gzip), kMaxAssetBytes).value_or("");
  }
  return response;
}

}  // namespace candor
