// The web pages, carried in the program, with the headers that keep them to themselves.
#pragma once

#include <string_view>

#include "wire/http_server.h"

namespace candor {

// The file at that path ("/index.html" is the page of every product), or 404.
HttpResponse page(const HttpRequest& request, std::string_view path);

}  // namespace candor
