#include "sonar/cookies.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/ascii.h"
#include "base/numbers.h"
#include "sonar/limits.h"

namespace candor {
namespace {

std::string folder_of(const Url& url) {
  const auto slash = url.path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : url.path.substr(0, slash);
}

bool path_matches(std::string_view asked, std::string_view path) {
  if (asked.empty()) asked = "/";
  if (!asked.starts_with(path)) return false;
  return asked.size() == path.size() || path.ends_with('/') || asked[path.size()] == '/';
}

}  // namespace

std::optional<Instant> http_date(std::string_view text) {
  std::tm parts{};
  const std::string value(text);
  for (const auto* form : {"%a, %d %b %Y %H:%M:%S", "%a, %d-%b-%Y %H:%M:%S"}) {
    if (::strptime(value.c_str(), form, &parts) != nullptr)
      return from_unix_millis(std::int64_t{::timegm(&parts)} * 1000);
  }
  return std::nullopt;
}

void CookieJar::take(const Url& url, std::string_view set_cookie, Instant now) {
  const auto end = std::min(set_cookie.find(';'), set_cookie.size());
  const auto pair = set_cookie.substr(0, end);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0 || pair.size() > kMaxCookieBytes) return;
  Cookie cookie{to_lower(url.host),
                folder_of(url),
                std::string(without_blanks(pair.substr(0, equals))),
                std::string(without_blanks(pair.substr(equals + 1))),
                false,
                std::nullopt};
  bool has_age = false;
  for (auto rest = set_cookie.substr(end); !rest.empty();) {
    rest.remove_prefix(1);
    const auto next = std::min(rest.find(';'), rest.size());
    const auto part = rest.substr(0, next);
    const auto sign = std::min(part.find('='), part.size());
    const auto name = to_lower(without_blanks(part.substr(0, sign)));
    const auto value = without_blanks(part.substr(std::min(sign + 1, part.size())));
    rest.remove_prefix(next);
    if (name == "path" && value.starts_with('/')) cookie.path = value;
    if (name == "secure") cookie.secure = true;
    if (name == "max-age") {
      const auto age = parse_integer<std::int64_t>(value);
      has_age = has_age || age.has_value();
      if (age) cookie.ends = now + std::chrono::seconds(std::clamp<std::int64_t>(*age, 0, 1 << 30));
    }
    if (name == "expires" && !has_age) cookie.ends = http_date(value);
  }
  std::erase_if(cookies_, [&](const Cookie& old) {
    return old.host == cookie.host && old.path == cookie.path && old.name == cookie.name;
  });
  if (cookie.ends && *cookie.ends <= now) return;
  if (cookies_.size() < kMaxCookies) cookies_.push_back(std::move(cookie));
}

std::string CookieJar::header_for(const Url& url, Instant now) const {
  std::vector<const Cookie*> fitting;
  const auto host = to_lower(url.host);
  for (const auto& cookie : cookies_) {
    if (cookie.host != host || !path_matches(url.path, cookie.path)) continue;
    if (cookie.secure && url.scheme != "https" && !url.is_loopback()) continue;
    if (cookie.ends && *cookie.ends <= now) continue;
    fitting.push_back(&cookie);
  }
  // Those of longer paths stand first (RFC 6265, 5.4).
  std::ranges::stable_sort(fitting, std::ranges::greater(),
                           [](const Cookie* cookie) { return cookie->path.size(); });
  std::string header;
  for (const auto* cookie : fitting) {
    if (header.size() + cookie->name.size() + cookie->value.size() > kMaxCookieHeaderBytes) break;
    header += (header.empty() ? "" : "; ") + cookie->name + "=" + cookie->value;
  }
  return header;
}

std::optional<std::string> CookieJar::value_of(std::string_view name) const {
  const auto found = std::find_if(cookies_.rbegin(), cookies_.rend(),
                                  [&](const Cookie& cookie) { return cookie.name == name; });
  if (found == cookies_.rend()) return std::nullopt;
  return found->value;
}

}  // namespace candor
