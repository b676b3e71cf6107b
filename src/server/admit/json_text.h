// Texts as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace candor {

// Appends `text`, which is UTF-8, in quotes and escaped where it must be.
void append_json_text(std::string& out, std::string_view text);

}  // namespace candor
