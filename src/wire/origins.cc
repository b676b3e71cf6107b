#include "wire/origins.h"

namespace candor {

void allow_origins(HttpResponse& response, std::string_view allowed) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  if (allowed.empty()) {
    // When to come again is for the page's script to read, too.
    response.headers.push_back({"Access-Control-Expose-Headers", "Retry-After"});
    return;
  }
  response.headers.push_back({"Access-Control-Allow-Methods", "POST, GET, OPTIONS"});
  response.headers.push_back({"Access-Control-Allow-Headers", std::string(allowed)});
  response.headers.push_back({"Access-Control-Max-Age", "86400"});
}

void allow_origin_of(const HttpRequest& request, HttpResponse& response, std::string_view allowed) {
  const auto first = response.headers.size();
  allow_origins(response, allowed);
  const auto origin = request.header("Origin");
  if (origin.empty()) return;
  response.headers[first].value = origin;
  response.headers.push_back({"Access-Control-Allow-Credentials", "true"});
  response.headers.push_back({"Vary", "Origin"});
}

}  // namespace candor
