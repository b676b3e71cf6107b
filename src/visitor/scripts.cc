#include "visitor/scripts.h"

#include <algorithm>
#include <span>

#include "assets/pages.h"

namespace candor {
namespace {

constexpr std::string_view kFolder = "/js/";
constexpr std::string_view kNames[] = {"script", "plausible", "analytics", "p"};
constexpr std::string_view kExtensions[] = {
    "hash",           "outbound-links", "exclusions",    "compat",  "local",    "manual",
    "file-downloads", "pageview-props", "tagged-events", "revenue", "pageleave"};

// Takes the part before the next dot off the text.
std::string_view next_word(std::string_view& text) {
  const auto dot = std::min(text.find('.'), text.size());
  const auto word = text.substr(0, dot);
  text.remove_prefix(std::min(dot + 1, text.size()));
  return word;
}

bool has(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// "script.hash.local.js": Plausible's names for its script, with extensions in any order.
bool is_tracker(std::string_view file) {
  if (!has(kNames, next_word(file))) return false;
  for (auto word = next_word(file); word != "js" || !file.empty(); word = next_word(file)) {
    if (!has(kExtensions, word)) return false;
  }
  return true;
}

std::string_view file_of(std::string_view path) {
  if (path.starts_with("/p/")) path.remove_prefix(std::min(path.find('/', 3), path.size()));
  return path.starts_with(kFolder) ? path.substr(kFolder.size()) : std::string_view();
}

}  // namespace

bool is_script(std::string_view path) { return !file_of(path).empty(); }

HttpResponse script(const HttpRequest& request, std::string_view path) {
  const auto file = file_of(path);
  auto response = page(request, is_tracker(file)      ? "/js/script.js"
                                : file == "rating.js" ? "/js/rating.js"
                                                      : "");
  if (response.status == 404) return response;
  response.content_type = "application/javascript; charset=utf-8";
  std::erase_if(response.headers, [](const HttpHeader& header) {
    return header.name == "Cache-Control" || header.name == "Content-Security-Policy" ||
           header.name == "Referrer-Policy";
  });
  response.headers.push_back({"Cache-Control", "public, max-age=86400"});
  response.headers.push_back({"Access-Control-Allow-Origin", "*"});
  response.headers.push_back({"Cross-Origin-Resource-Policy", "cross-origin"});
  return response;
}

}  // namespace candor
