#include "visitor/client_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "wire/proxy.h"

namespace candor {
namespace {

constexpr std::string_view kSpace = " \t\"";

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711" as the address alone; empty
// when it is none.
std::string address_in(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) {
    text = text.substr(1, std::min(text.find(']'), text.size()) - 1);
  } else if (std::ranges::count(text, ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  const std::string name(text);
  in_addr v4{};
  in6_addr v6{};
  char canonical[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1)
    return inet_ntop(AF_INET, &v4, canonical, sizeof(canonical));
  if (inet_pton(AF_INET6, name.c_str(), &v6) != 1) return {};
  // One that came to a socket for both kinds is the same client as over the other kind.
  if (IN6_IS_ADDR_V4MAPPED(&v6))
    return inet_ntop(AF_INET, &v6.s6_addr[12], canonical, sizeof(canonical));
  return inet_ntop(AF_INET6, &v6, canonical, sizeof(canonical));
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string first_in_list(std::string_view list) {
  return address_in(list.substr(0, std::min(list.find(','), list.size())));
}

// The first `for=` of the header Forwarded.
std::string forwarded_for(std::string_view header) {
  while (!header.empty()) {
    const auto end = std::min(header.find_first_of(",;"), header.size());
    const auto pair = trimmed(header.substr(0, end));
    if (pair.size() > 4 && (pair.starts_with("for=") || pair.starts_with("For=")))
      return address_in(pair.substr(4));
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return {};
}

}  // namespace

std::string client_address(const HttpRequest& request, std::string_view trusted_proxies) {
  auto peer = address_in(request.peer);
  if (!is_excepted(peer, trusted_proxies)) return peer;
  for (const auto* name :
       {"X-Plausible-IP", "CF-Connecting-IP", "B-Forwarded-For", "X-Forwarded-For"}) {
    if (auto address = first_in_list(request.header(name)); !address.empty()) return address;
  }
  auto address = forwarded_for(request.header("Forwarded"));
  return address.empty() ? peer : address;
}

std::string nearest_address(const HttpRequest& request, std::string_view trusted_proxies) {
  auto nearest = address_in(request.peer);
  // A header that comes twice is one list.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!same_name(header->name, "X-Forwarded-For")) continue;
    for (std::string_view list = header->value; !list.empty();) {
      if (!is_excepted(nearest, trusted_proxies)) return nearest;
      const auto comma = list.rfind(',');
      auto before = address_in(list.substr(comma == std::string_view::npos ? 0 : comma + 1));
      if (before.empty()) return nearest;
      nearest = std::move(before);
      list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
  }
  return nearest;
}

}  // namespace candor
