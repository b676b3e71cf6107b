// Where a request comes from. Pure; the address is for decisions in memory only.
#pragma once

#include <string>
#include <string_view>

#include "wire/http_server.h"

namespace candor {

// The client's IP address, in its canonical form. `trusted_proxies` is a list with commas of
// addresses and networks ("10.0.0.0/8"); where the connection is from one of them, it is what the
// proxy's headers say, in this order: X-Plausible-IP, CF-Connecting-IP, B-Forwarded-For,
// X-Forwarded-For, Forwarded. Of a list the first counts; what is no address counts for nothing.
std::string client_address(const HttpRequest& request, std::string_view trusted_proxies);

// The address that a limit may count by: where the connection is from one of the trusted proxies,
// the last in X-Forwarded-For that is none of them. Each of them adds at the end whom it heard;
// what stands before that the client may have made up, and would have a limit of its own each time.
std::string nearest_address(const HttpRequest& request, std::string_view trusted_proxies);

}  // namespace candor
