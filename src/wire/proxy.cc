#include "wire/proxy.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "base/ascii.h"
#include "base/numbers.h"

namespace candor {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t bits = 0;  // 32 or 128
};

std::optional<Address> address_of(std::string_view text) {
  const std::string name(text);
  Address address;
  if (::inet_pton(AF_INET, name.c_str(), address.bytes.data()) == 1) address.bits = 32;
  if (address.bits == 0 && ::inet_pton(AF_INET6, name.c_str(), address.bytes.data()) == 1)
    address.bits = 128;
  return address.bits == 0 ? std::nullopt : std::optional(address);
}

bool is_within(const Address& host, std::string_view network) {
  const auto slash = network.find('/');
  const auto base = address_of(network.substr(0, slash));
  if (!base || base->bits != host.bits) return false;
  auto length = host.bits;
  if (slash != std::string_view::npos) {
    const auto given = parse_unsigned<std::size_t>(network.substr(slash + 1));
    if (!given || *given > host.bits) return false;
    length = *given;
  }
  for (std::size_t bit = 0; bit < length; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
    if ((host.bytes[bit / 8] & mask) != (base->bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool names(std::string_view entry, const std::string& host, const std::optional<Address>& address) {
  if (entry == "*") return true;
  if (address) return is_within(*address, entry);
  while (entry.starts_with('.')) entry.remove_prefix(1);
  const auto domain = to_lower(entry);
  if (domain.empty() || !host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

std::string from_environment(const Url& target, const Variable& variable) {
  // Not HTTP_PROXY: a web server hands a request's header "Proxy" to its programs by that name.
  const auto names = target.scheme == "https"
                         ? std::array{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}
                         : std::array{"http_proxy", "", "ALL_PROXY", "all_proxy"};
  for (const std::string_view name : names) {
    auto text = name.empty() ? std::string() : variable(name);
    // ALL_PROXY may be meant for programs that speak SOCKS.
    if (!text.empty() && !text.starts_with("socks")) return text;
  }
  return {};
}

}  // namespace

bool is_excepted(std::string_view host, std::string_view no_proxy) {
  auto name = to_lower(host);
  while (name.ends_with('.')) name.pop_back();
  const auto address = address_of(name);
  while (!no_proxy.empty()) {
    const auto comma = std::min(no_proxy.find(','), no_proxy.size());
    if (names(without_blanks(no_proxy.substr(0, comma)), name, address)) return true;
    no_proxy.remove_prefix(std::min(comma + 1, no_proxy.size()));
  }
  return false;
}

Result<std::optional<Url>> proxy_for(const Url& target, const std::string& configured,
                                     const Variable& variable) {
  // What is meant for this machine would be taken to another one, in the open.
  if (configured.empty() && target.is_loopback()) return std::optional<Url>();
  auto text = configured.empty() ? from_environment(target, variable) : configured;
  if (text.empty()) return std::optional<Url>();
  auto no_proxy = variable("NO_PROXY");
  if (no_proxy.empty()) no_proxy = variable("no_proxy");
  if (is_excepted(target.host, no_proxy)) return std::optional<Url>();
  if (text.find("://") == std::string::npos) text.insert(0, "http://");
  auto url = parse_url(text);
  if (!url.ok()) return std::move(url).error().in("proxy");
  return std::optional(std::move(*url));
}

}  // namespace candor
