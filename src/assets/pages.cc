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
constexpr std::string_view kFormSecurityPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

HttpResponse no_such_page() {
  HttpResponse response;
  response.status = 404;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "There is no such page.\n";
  return response;
}

std::string unpacked(const Asset& asset) {
  return decode_content("gzip", std::string(asset.gzip), kMaxAssetBytes).value_or("");
}

}  // namespace

HttpResponse page(const HttpRequest& request, std::string_view path) {
  const auto assets = web_assets();
  const auto asset = std::ranges::find(assets, path, &Asset::path);
  if (asset == assets.end()) return no_such_page();
  HttpResponse response;
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
    response.body = unpacked(*asset);
  }
  return response;
}

HttpResponse filled_page(std::string_view path, const PageTexts& texts) {
  const auto assets = web_assets();
  const auto asset = std::ranges::find(assets, path, &Asset::path);
  if (asset == assets.end()) return no_such_page();
  const auto text = unpacked(*asset);
  HttpResponse response;
  response.content_type = asset->content_type;
  // A browser names no origin with a form where it is to name no referrer.
  response.headers = {{"Cache-Control", "no-store"},
                      {"Content-Security-Policy", std::string(kFormSecurityPolicy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "same-origin"}};
  // In one go: what is filled in is not looked at again.
  std::string_view rest = text;
  for (auto begin = rest.find("{{"); begin != std::string_view::npos; begin = rest.find("{{")) {
    const auto end = std::min(rest.find("}}", begin), rest.size());
    const auto name = rest.substr(begin + 2, end - begin - 2);
    const auto found = std::ranges::find(texts, name, &PageTexts::value_type::first);
    response.body += rest.substr(0, begin);
    if (found != texts.end()) response.body += html_text(found->second);
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  response.body += rest;
  return response;
}

std::string html_text(std::string_view text) {
  std::string written;
  for (const char c : text) {
    switch (c) {
      case '&':
        written += "&amp;";
        break;
      case '<':
        written += "&lt;";
        break;
      case '>':
        written += "&gt;";
        break;
      case '"':
        written += "&quot;";
        break;
      case '\'':
        written += "&#39;";
        break;
      default:
        written += c;
    }
  }
  return written;
}

}  // namespace candor
