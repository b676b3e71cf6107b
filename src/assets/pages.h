// The web pages, carried in the program, with the headers that keep them to themselves.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/http_server.h"

namespace candor {

// The file at that path ("/index.html" is the page of every product), or 404.
HttpResponse page(const HttpRequest& request, std::string_view path);

// The same, of a page whose form works without script: where {{NAME}} stands in it, the text of
// that name stands, as text. Kept by nobody; its form may be sent to this site.
using PageTexts = std::vector<std::pair<std::string_view, std::string>>;
HttpResponse filled_page(std::string_view path, const PageTexts& texts);

// Text as it may stand in HTML, also between quotes.
std::string html_text(std::string_view text);

}  // namespace candor
