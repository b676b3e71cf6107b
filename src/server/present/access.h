// Who may see what (docs/decisions/006-access.md). Pure.
#pragma once

namespace candor {

enum class Access { kAllowed, kSignIn, kLoopbackOnly };

struct Visitor {
  bool signed_in = false;
  bool local = false;  // wire/local_request.h
};

// Whether a private page or figure may be shown. `has_users`: the collector has users configured.
Access private_access(const Visitor& visitor, bool has_users);

}  // namespace candor
