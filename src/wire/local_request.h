// Whether a request was made on this machine. Pure.
#pragma once

#include "wire/http_server.h"

namespace candor {

// By somebody here, as far as can be told: the peer is loopback, no forwarding header is there,
// Host is a loopback name, and no browser says that another site's page asks. A proxy that sets
// none of those headers passes as local.
bool is_local(const HttpRequest& request);

// Whether the request came through a proxy: Forwarded, X-Forwarded-For, X-Forwarded-Host,
// X-Real-IP, Via.
bool is_forwarded(const HttpRequest& request);

// Whether it asks for this machine by a loopback name, or by none. A web page elsewhere can point a
// name of its own at 127.0.0.1 and have a browser on this machine ask for it (DNS rebinding).
bool names_loopback(const HttpRequest& request);

}  // namespace candor
