#include "agent/programs/members.h"

namespace candor {

void put_member(Json& document, std::string_view path, Json value) {
  auto* at = &document;
  for (;;) {
    const auto dot = path.find('.');
    // A document of somebody else's making may have a value where this path goes on.
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[std::string(path.substr(0, dot))];
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  *at = std::move(value);
}

std::string text_at(const Json& document, std::string_view path) {
  const auto* at = &document;
  for (;;) {
    const auto dot = path.find('.');
    if (dot == std::string_view::npos) return string_member(*at, path);
    at = find_member(*at, path.substr(0, dot));
    if (at == nullptr) return "";
    path.remove_prefix(dot + 1);
  }
}

}  // namespace candor
