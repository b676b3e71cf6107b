#include "server/protocol/events.h"

namespace candor {

void allow_origins(HttpResponse& response, std::string_view allowed) {
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  if (allowed.empty()) return;
  response.headers.push_back({"Access-Control-Allow-Methods", "POST, GET, OPTIONS"});
  response.headers.push_back({"Access-Control-Allow-Headers", std::string(allowed)});
  response.headers.push_back({"Access-Control-Max-Age", "86400"});
}

}  // namespace candor
