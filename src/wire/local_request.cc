#include "wire/local_request.h"

#include <algorithm>

#include "wire/url.h"

namespace candor {

bool is_local(const HttpRequest& request) {
  return request.peer_is_loopback && !is_forwarded(request) && names_loopback(request) &&
         request.header("Sec-Fetch-Site") != "cross-site";
}

bool is_forwarded(const HttpRequest& request) {
  for (const auto* name :
       {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"}) {
    if (!request.header(name).empty()) return true;
  }
  return false;
}

bool names_loopback(const HttpRequest& request) {
  auto host = request.header("Host");
  if (host.empty()) return true;
  if (host.starts_with('['))
    return is_loopback_host(host.substr(1, std::min(host.find(']'), host.size()) - 1));
  return is_loopback_host(host.substr(0, host.find(':')));
}

}  // namespace candor
