// Paths of the contract as members of a document.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace candor {

// What stands at "properties.template" is the member "template" of the member "properties".
void put_member(Json& document, std::string_view path, Json value);

// The text that stands there; empty when none does.
std::string text_at(const Json& document, std::string_view path);

}  // namespace candor
