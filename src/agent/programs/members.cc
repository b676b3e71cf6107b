#include "agent/programs/members.h"

#include <string>

namespace candor {

void put_member(Json& document, std::string_view path, Json value) {
  auto* at = &document;
  for (;;) {
    const auto dot = path.find('.');
    at = &(*at)[std::string(path.substr(0, dot))];
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  *at = std::move(value);
}

}  // namespace candor
