#include "server/present/access.h"

namespace candor {

Access private_access(const Visitor& visitor, bool has_users) {
  if (has_users) return visitor.signed_in ? Access::kAllowed : Access::kSignIn;
  return visitor.local ? Access::kAllowed : Access::kLoopbackOnly;
}

}  // namespace candor
