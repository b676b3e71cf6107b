// Which pages may send requests and read the answers (CORS). Pure.
#pragma once

#include <string_view>

#include "wire/http_server.h"

namespace candor {

// Lets a page of another origin send and read the answer: no cookie and no credential of the
// browser's comes with it. `allowed` names the request's headers.
void allow_origins(HttpResponse& response, std::string_view allowed = "");
// The same for clients that send with credentials: browsers then want the origin by its name.
void allow_origin_of(const HttpRequest& request, HttpResponse& response,
                     std::string_view allowed = "");

}  // namespace candor
