#include "server/present/own_pages.h"

#include <algorithm>

#include "base/ascii.h"
#include "server/present/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

// "https://host:port" without its scheme: a proxy in front may speak another one.
std::string_view host_of_origin(std::string_view origin) {
  const auto scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

// Of an address: no space, nothing beyond ASCII, and nothing that browsers read as something else.
bool may_stand_in_path(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\\\"<>^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

bool is_from_own_page(const HttpRequest& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (!site.empty()) return site == "same-origin" || site == "none";
  // Browsers say less to a plain http address; but whoever sends something says where from.
  const auto host = request.header("Host");
  return !host.empty() && host_of_origin(request.header("Origin")) == host;
}

bool opens_page(const HttpRequest& request) {
  const auto mode = request.header("Sec-Fetch-Mode");
  if (!mode.empty()) return mode == "navigate";
  return request.header("Accept").find("text/html") != std::string_view::npos;
}

bool is_script_of_page(const HttpRequest& request) {
  return !request.header("X-Requested-With").empty();
}

// Who lies about it makes cookies of their own a little safer.
bool is_over_tls(const HttpRequest& request) {
  if (request.over_tls) return true;
  // Of several proxies the one that is nearest to the browser says it first.
  const auto told = request.header("X-Forwarded-Proto");
  return to_lower(without_blanks(told.substr(0, told.find(',')))) == "https";
}

std::optional<std::string_view> cookie_of(const HttpRequest& request, std::string_view name) {
  auto rest = request.header("Cookie");
  if (rest.size() > kMaxCookiesBytes) return std::nullopt;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
  }
  return std::nullopt;
}

std::string safe_path(std::string_view text) {
  // "//host" and "/\host" are other sites.
  const bool is_here = text.starts_with('/') && !text.starts_with("//") &&
                       text.size() <= kMaxBackBytes && std::ranges::all_of(text, may_stand_in_path);
  return is_here ? std::string(text) : "/";
}

std::string path_and_query(const HttpRequest& request) {
  std::string address;
  for (const char c : request.path) address += c == '/' ? "/" : url_encode({&c, 1});
  if (!request.query.empty()) address += "?" + request.query;
  return safe_path(address);
}

}  // namespace candor
