// The elements of a list in a JSON text, found without reading them: where one is no JSON, the
// others still are. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace candor {

struct Elements {
  std::vector<std::string_view> texts;  // of the first ones; they live in the text of the list
  std::size_t beyond = 0;               // how many follow
};

// Of the list that is the member `name` of the object that `text` is, the text of each of the first
// `most` elements; empty where nothing stands between two commas. Nothing when there is no such
// list, or it does not end.
std::optional<Elements> elements_of(std::string_view text, std::string_view name, std::size_t most);

}  // namespace candor
