// "Did you mean": the known word that is nearest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace candor {

// The word of `known` with the fewest edits from `word`, if that is less than half its length;
// empty otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// " Did you mean "X"?" or nothing; for the end of an error's sentence.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace candor
