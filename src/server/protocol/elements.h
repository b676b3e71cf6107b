// The elements of a list in a JSON text, found without reading them: where one is no JSON, the
// others still are. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace candor {

// Of the list that is the member `name` of the object that `text` is, each element's text. Nothing
// when there is no such list, or it does not end. The elements live in `text`.
std::optional<std::vector<std::string_view>> elements_of(std::string_view text,
                                                         std::string_view name);

}  // namespace candor
