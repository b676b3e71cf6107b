#include "wire/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"

namespace candor {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Error bad_url(std::string_view why) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}. Expected a URL like https://telemetry.example.com/path.", why)};
}

Status take_host(std::string_view text, Url& url) {
  const auto at = text.rfind('@');
  if (at != std::string_view::npos) {
    const auto credentials = text.substr(0, at);
    const auto colon = std::min(credentials.find(':'), credentials.size());
    url.user = url_decode(credentials.substr(0, colon), UrlPart::kPath);
    url.password =
        url_decode(credentials.substr(std::min(colon + 1, credentials.size())), UrlPart::kPath);
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad_url("The address lacks its ']'");
    url.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (url.host.empty()) return bad_url("The URL names no host");
  if (port.empty()) return Ok{};
  const auto number = parse_unsigned<std::uint16_t>(port.substr(1));
  if (!port.starts_with(':') || !number || *number == 0)
    return bad_url("The port is not a number from 1 to 65535");
  url.port = *number;
  return Ok{};
}

}  // namespace

std::string url_decode(std::string_view text, UrlPart part) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      result += part == UrlPart::kQuery && text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string url_encode(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("::ffff:127.") ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool Url::is_loopback() const { return is_loopback_host(host); }

std::string Url::without_credentials() const {
  const bool default_port = port == (scheme == "https" ? 443 : 80);
  const auto shown_host = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  return fmt::format("{}://{}{}{}{}{}", scheme, shown_host,
                     default_port ? std::string() : fmt::format(":{}", port), path,
                     query.empty() ? "" : "?", query);
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad_url("The URL has no scheme");
  url.scheme = text.substr(0, scheme_end);
  if (url.scheme != "http" && url.scheme != "https")
    return bad_url("The scheme is not http or https");
  url.port = url.scheme == "https" ? 443 : 80;
  text.remove_prefix(scheme_end + 3);
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f)
      return bad_url("The URL has a space or control character in it");
  }
  const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
  CANDOR_TRY(take_host(text.substr(0, authority_end), url));
  text.remove_prefix(authority_end);
  text = text.substr(0, text.find('#'));
  const auto query = std::min(text.find('?'), text.size());
  url.path = text.substr(0, query);
  url.query = text.substr(std::min(query + 1, text.size()));
  return url;
}

namespace {

// Without "." and "..", as RFC 3986 (5.2.4) takes them out.
std::string without_dots(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool is_last = path.empty();
    if (segment == "/..") result.erase(std::min(result.rfind('/'), result.size()));
    if (segment == "/." || segment == "/..")
      result += is_last ? "/" : "";
    else
      result += segment;
  }
  return result;
}

}  // namespace

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const auto mark = reference.find_first_of(":/?");
  if (mark != std::string_view::npos && reference[mark] == ':') return parse_url(reference);
  if (reference.starts_with("//")) return parse_url(fmt::format("{}:{}", base.scheme, reference));
  auto url = base;
  if (reference.empty()) return url;
  const auto query = std::min(reference.find('?'), reference.size());
  const auto path = reference.substr(0, query);
  url.query = reference.substr(std::min(query + 1, reference.size()));
  if (!path.empty()) {
    const auto folder = base.path.substr(0, base.path.rfind('/') + 1);
    url.path = without_dots(path.starts_with('/')
                                ? std::string(path)
                                : fmt::format("{}{}", folder.empty() ? "/" : folder, path));
  }
  // What stands in a header or page may hold anything.
  CANDOR_ASSIGN(checked, parse_url(url.without_credentials()));
  checked.user = base.user;
  checked.password = base.password;
  return checked;
}

std::string origin_of(const Url& url) {
  Url bare;
  bare.scheme = url.scheme;
  bare.port = url.port;
  bare.host = to_lower(url.host);
  return bare.without_credentials();
}

std::string_view host_of(std::string_view listen) {
  auto host = listen.substr(0, listen.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

std::string with_port(std::string_view listen, std::uint16_t port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

}  // namespace candor
