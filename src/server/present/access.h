// Who may see what (docs/decisions/006-access.md). Pure.
#pragma once

#include <string>
#include <vector>

#include "wire/http_server.h"

namespace candor {

enum class Access { kAllowed, kSignIn, kLoopbackOnly };

struct Visitor {
  bool signed_in = false;
  // On this machine, and not the far end of a proxy: the peer is loopback, no forwarding header is
  // there, and Host is a loopback name.
  bool local = false;
};

// Whether a private page or figure may be shown. `has_users`: the collector has users configured.
Access private_access(const Visitor& visitor, bool has_users);

// Whether the request came through a proxy: Forwarded, X-Forwarded-For, X-Forwarded-Host,
// X-Real-IP, Via.
bool is_forwarded(const HttpRequest& request);

// Whether it asks for this machine by a loopback name, or by none. A web page elsewhere can point a
// name of its own at 127.0.0.1 and have a browser on this machine ask for it (DNS rebinding).
bool names_loopback(const HttpRequest& request);

}  // namespace candor
