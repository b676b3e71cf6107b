// Text for people, broken at a width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace candor {

// Every line of `text` that is wider than `width` code points is broken at spaces; what follows a
// break, and every further line, begins with `indent` spaces. The first line begins where the
// caller stands, `used` code points in. A word that is too long stays whole. Width 0: nothing is
// broken. Pure.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent = 0,
                    std::size_t used = 0);

// The width of the terminal behind the descriptor; 0 when it is none.
std::size_t terminal_width(int descriptor);

}  // namespace candor
