#include "server/present/access.h"

namespace candor {

Access private_access(const Visitor& visitor, bool has_users) {
  if (has_users) return visitor.signed_in ? Access::kAllowed : Access::kSignIn;
  return visitor.local ? Access::kAllowed : Access::kLoopbackOnly;
}

bool is_forwarded(const HttpRequest& request) {
  for (const auto* name : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"}) {
    if (!request.header(name).empty()) return true;
  }
  return false;
}

}  // namespace candor
