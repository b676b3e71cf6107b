// What requests of browsers say of themselves: whether a page of our own sends them, which cookies
// come along, and where somebody wants to be led back to. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/http_server.h"

namespace candor {

// Whether a page of this site sends it, or the person at the browser. False where nothing says so:
// every browser does that in use.
bool is_from_own_page(const HttpRequest& request);

// Whether a browser opens the address as a page, so that it can be led elsewhere.
bool opens_page(const HttpRequest& request);

// Whether a script of a page asks: a browser must not ask people for a password then.
bool is_script_of_page(const HttpRequest& request);

// Whether the answer goes over TLS: to here, or to the proxy that says so.
bool is_over_tls(const HttpRequest& request);

// The value of the cookie of that name; nothing when there is none, or kMaxCookiesBytes is
// exceeded.
std::optional<std::string_view> cookie_of(const HttpRequest& request, std::string_view name);

// The text where it is a path of this site that a browser can be led to, with its query; "/"
// otherwise.
std::string safe_path(std::string_view text);

// The address of a request, as safe_path() takes it.
std::string path_and_query(const HttpRequest& request);

}  // namespace candor
