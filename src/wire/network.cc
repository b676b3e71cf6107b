#include "wire/network.h"

#include <arpa/inet.h>

#include <string>

namespace candor {
namespace {

// So that no IPv4 network looks like one of IPv6, or like none.
constexpr std::uint64_t kIpv4 = std::uint64_t{4} << 56, kIpv6 = std::uint64_t{6} << 56;

std::uint64_t first_bytes(const unsigned char* bytes, int count) {
  std::uint64_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

std::uint64_t network_of(std::string_view address) {
  const std::string text(address);
  in6_addr v6{};
  if (in_addr v4{}; inet_pton(AF_INET, text.c_str(), &v4) == 1)
    return kIpv4 | first_bytes(reinterpret_cast<const unsigned char*>(&v4.s_addr), 3);
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return 0;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return kIpv4 | first_bytes(&v6.s6_addr[12], 3);
  return kIpv6 | first_bytes(v6.s6_addr, 6);
}

}  // namespace candor
