// The scripts that the pages of products load (docs/formats/plausible.md).
#pragma once

#include <string_view>

#include "wire/http_server.h"

namespace candor {

// Whether such an address can be a script: "/js/…", also below "/p/PRODUCT".
bool is_script(std::string_view path);
// The script at that address, for pages of any origin, or 404.
HttpResponse script(const HttpRequest& request, std::string_view path);

}  // namespace candor
