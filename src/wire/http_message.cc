#include <algorithm>

#include "base/ascii.h"
#include "wire/http_client.h"
#include "wire/http_server.h"
#include "wire/probe_client.h"
#include "wire/url.h"

namespace candor {
std::optional<std::string_view> find_header(const std::vector<HttpHeader>& headers,
                                            std::string_view name) {
  for (const auto& header : headers) {
    const auto same = [](char a, char b) { return to_lower(a) == to_lower(b); };
    if (std::ranges::equal(header.name, name, same)) return header.value;
  }
  return std::nullopt;
}

std::string_view HttpRequest::header(std::string_view name) const {
  return find_header(headers, name).value_or("");
}

std::string_view ClientResponse::header(std::string_view name) const {
  return find_header(headers, name).value_or("");
}

std::string_view ProbeAnswer::header(std::string_view name) const {
  return find_header(headers, name).value_or("");
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (url_decode(pair.substr(0, equals), UrlPart::kQuery) != name) continue;
    return url_decode(pair.substr(std::min(equals + 1, pair.size())), UrlPart::kQuery);
  }
  return std::nullopt;
}

}  // namespace candor
