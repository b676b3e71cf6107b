// The networks that limits hold together.
#pragma once

#include <cstdint>
#include <string_view>

namespace candor {

// An IPv4 /24, an IPv6 /48, as a number. An IPv4 address in IPv6 is IPv4. 0 for what is no address.
// Pure.
std::uint64_t network_of(std::string_view address);

}  // namespace candor
